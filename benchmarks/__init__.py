"""How fast assetgen is, always beside a peer that is measured in the same run.

``python -m benchmarks noop|change|load|build|all`` prints tables. Every figure is of a
whole process, started as a user would start it; the runs of all candidates alternate
(A B A B), so that a noisy minute hits all of them alike. Compare figures of one table,
never of two runs.
"""
