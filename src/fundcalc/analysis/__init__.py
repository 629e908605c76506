"""What is wrong with a policy before anyone is paid: checks, and its own worked examples."""
