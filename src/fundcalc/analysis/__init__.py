"""What is wrong with a policy before anyone is paid, and what a change of it would cost.

`check` runs one file a check (`checks`), which look at a `bench`: the plan under every reading, and all
villages there could be, as `smt` puts them to z3. `cases` runs the policy's own cases and says what they
do not reach; `compare`, `prove` and `project` hold versions and years against each other.
"""
