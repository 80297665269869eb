"""What is compared, and how: values in, differences and findings out.

`drift` compares two executions of a post, cell by cell and output by output, and comes to a
verdict; `text` compares what was printed, with `numbers` in it and the noise of `normal` taken
out; `findings` says it all as problems; `ledger` remembers the verdicts.

`links` finds what leads nowhere within the site; `online` asks other sites, and `outside` says what
they answer. `junit`, `sarif` and `annotations` are the forms in which machines read a report.
"""
