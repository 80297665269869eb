"""What is compared, and how: values in, differences and findings out.

`drift` compares two executions of a post, cell by cell and output by output, and comes to a
verdict. `text` compares what was printed: `tokens` has its numbers and times, `noise` what is taken
out before, `logs` what of a training log counts. `values` compares JSON, `markup` HTML and SVG,
`figures` pictures, which `pictures` draws side by side. An `result` is what each of them says.
`findings` tells it all as problems; `ledger` remembers the verdicts.

`links` finds what leads nowhere within the site; `online` asks other sites, and `outside` says what
they answer. `junit`, `sarif` and `annotations` are the forms in which machines read a report.
"""
