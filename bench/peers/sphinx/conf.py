project = author = "Bench"
extensions = ["myst_nb"]
nb_execution_mode = "off"
myst_title_to_header = True
exclude_patterns = ["_site"]
html_theme = "basic"
html_copy_source = False
