"""What is wrong with a policy before anyone is paid, and what a change of it would cost.

`check` runs one file a check (`checks`), which look at a `bench`: the plan under every reading, and
z3's `space` of all villages there could be. `worked` runs the policy's own cases, `coverage` says what
they do not reach; `compare`, `prove` and `project` hold versions and years against each other.
"""
