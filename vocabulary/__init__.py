"""The words everything else is written in: signals, states, codes and ids. No logic."""
