"""Side-by-side measurements: ours against what a reader would otherwise use, in one run.

make bench                    everything
make bench ONLY=explorers     one group
"""
