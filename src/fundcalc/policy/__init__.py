"""Policy files in, a checked Policy out, and from it the Plan for one date and set of readings.

`bundle` finds and reads the files, `tomlfile` gives values with their places, `schema` their shape,
`load` the checked Policy (`model`), `plan` what the engines run. All mistakes are reported at once.
"""
