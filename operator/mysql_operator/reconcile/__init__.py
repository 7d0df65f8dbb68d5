"""The reconciler: a keyed queue, then observe, decide (pure) and act, one step a pass."""
