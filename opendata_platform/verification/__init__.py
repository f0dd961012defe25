"""The badge `verified`: one module per rule, and the report of all of them.

A rule is a pure function from evidence to a finding; what gathers the evidence (a store, a run of the creator's job,
files of the operator) stands beside the rule it is for. No rule asks the network.
"""
