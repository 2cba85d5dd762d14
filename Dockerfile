# One image for every process of Hourglass; the command says which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOURGLASS_DATA_DIR=/var/lib/hourglass

RUN useradd --system --uid 10001 --home-dir /var/lib/hourglass --create-home hourglass

WORKDIR /opt/hourglass
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY vocabulary/ vocabulary/
COPY wire/ wire/
COPY infusion/ infusion/
COPY config/ config/
COPY record/ record/
COPY ingest/ ingest/
COPY dashboard/ dashboard/
COPY exchange/ exchange/
COPY simulator/ simulator/
RUN python -m compileall -q .

USER hourglass
VOLUME /var/lib/hourglass
CMD ["python", "-m", "dashboard"]
