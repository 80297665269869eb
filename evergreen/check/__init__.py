"""Comparison of outputs: values in, differences and findings out.

`drift` compares two executions of a post, cell by cell and output by output, and gives a verdict;
`noise` takes out what further runs show to be noise. `text` compares printed text: `alignment`
pairs its lines, `tokens` and `dates` its numbers and times, `logs` knows training logs,
`normalize` removes what one run can know, `ranking` puts rows sorted by measured sizes in their
published order. `values` compares JSON, `markup` HTML and SVG by what
`html_content` reads in them, `charts` Plotly, Vega and widgets, `drawings` what a figure draws,
`figures` its pixels. `result` is what each of them returns. `findings` turns differences into
problems; `history` remembers verdicts, noise and versions.

`links` finds broken links within the site, `site_files` those of templates; `link_client` requests
other sites. `reports` has the formats that machines read.
"""
