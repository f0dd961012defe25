"""Datasets: what a declaration says (`spec`), the declarations (`official/`, found by `catalog`), and how one partition
goes from its source through the gate into a store (`audit`, `publisher`, `pipeline`)."""
