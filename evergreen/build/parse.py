"""A post whose text is parsed and cut into cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evergreen.build.labels import label_targets
from evergreen.content.cross_references import outward_labels, reference_problems, repeated_ids
from evergreen.content.ignored import foreign_syntax, ignored_keys, misspelt_tags, wide_commas
from evergreen.content.label_index import LabelIndex, LabelsNeeded
from evergreen.content.languages import with_language_warning
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.markdown_options import markdown_options
from evergreen.content.notebook import read_notebook
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.markdown import Document, html_document, parse
from evergreen.model import Execution, Notebook, Post, Site, requirements
from evergreen.model.post import REQUIRES
from evergreen.render.bibliography import with_bibliography
from evergreen.render.csl import with_style
from evergreen.render.scholar import with_scholar


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """A post whose text is parsed and cut into cells."""

    post: Post
    document: Document
    notebook: Notebook
    source: str = ""
    """The SHA-256 of the post's file."""
    blog: BlogContext | None = None
    """The other posts, for links to them."""

    @property
    def runs(self) -> bool:
        """True if it has code that may run."""
        return bool(self.notebook.steps) and self.post.execute.enabled and not self.stored

    @property
    def stored(self) -> Execution | None:
        """Return the outputs that the post's own file stores, if they are to be shown."""
        if not (self.post.execute.stored and self.post.stored):
            return None
        blocks = self.document.code_blocks
        found = {
            step: self.post.stored.get(self.post.at(blocks[cell.fence].source_line), ())
            for cell, step in self.notebook.cell_steps
            if not cell.inline
        }
        return Execution(tuple(found.get(step, ()) for step in self.notebook.steps))


def complete(post: Post, blog: BlogContext) -> Post:
    """Return a post with what other files of the blog add to it: sources that it cites, what its
    text includes, its citation style. Raises EvergreenError.
    """
    post = expand(with_bibliography(blog.root, with_language_warning(post, blog)), blog)
    return with_style(blog.root, with_scholar(post, blog), blog.site)


def parse_content(post: Post, source: str = "", blog: BlogContext | None = None) -> ParsedPost:
    """Parse a post. Raises EvergreenError with every reference to nothing, every wrong cell option
    and every fence without an end; where code does not run anyhow, the last two are warnings."""
    if post.markup == "html":
        document = html_document(post.body)
    else:
        document = parse(
            post.body, markdown_options(post, blog.site if blog else Site()), post.parts
        )
    notebook, found = read_notebook(post, document)
    faults = [each for each in found if each.severity == "error" and post.execute.enabled]
    path = (blog.root if blog else Path()) / post.path
    is_jekyll = blog is not None and blog.site.jekyll is not None
    unknown: list[Problem] = []
    if not is_jekyll:
        post, index = _with_elsewhere(post, document, notebook, blog)
        unknown = [*reference_problems(post, document, notebook, path, index)]
    faults += [each for each in unknown if each.severity == "error"]
    if faults:
        raise EvergreenError(*sorted(faults))
    reported = {post.at(each.line) for each in document.problems}
    warnings = [replace(each, severity="warning") for each in found if each.line not in reported]
    warnings += [each for each in unknown if each.severity == "warning"]
    warnings += _doubtful(post, document, notebook, blog)
    if warnings:
        post = replace(post, warnings=(*post.warnings, *warnings))
    post = _with_metadata(post, notebook)
    if post.execute.as_of and post.execute.enabled:
        post = _with_packages(post, notebook, blog.root / post.bundle if blog else None)
    return ParsedPost(post, document, notebook, source, blog)


def _doubtful(
    post: Post, document: Document, notebook: Notebook, blog: BlogContext | None
) -> Iterator[Problem]:
    """Yield warnings about what probably means something else, or has no effect."""
    path = (blog.root if blog else Path()) / post.path
    is_jekyll = blog is not None and blog.site.jekyll is not None
    if blog and not is_jekyll:
        yield from ignored_keys(post, blog.template_words)
        yield from wide_commas(post)
        yield from foreign_syntax(post, document)
    if post.execute.enabled or not is_jekyll:
        yield from misspelt_tags(post, notebook, path)
    yield from repeated_ids(post, document, () if is_jekyll else notebook.things, path)


def _with_elsewhere(
    post: Post, document: Document, notebook: Notebook, blog: BlogContext | None
) -> tuple[Post, LabelIndex]:
    """Return the post with what its references to other posts mean, and the labels of the blog.

    Raises LabelsNeeded if these are not known yet.
    """
    labels = outward_labels(post, document, notebook)
    if not labels or blog is None:
        return post, LabelIndex()
    if blog.labels is None:
        raise LabelsNeeded(label_targets(post, notebook))
    index = blog.labels
    found = {index.known(label): index.find(label, post) for label in labels}
    elsewhere = {label: each[0] for label, each in found.items() if len(each) == 1}
    uses = {f"label {label}": index.state(label) for label in labels}
    return replace(post, elsewhere=elsewhere, uses={**post.uses, **uses}), index


def _with_metadata(post: Post, notebook: Notebook) -> Post:
    """Return the post with the requirements from a script's metadata in its first cell.

    If the post does not run, the metadata is only shown.

    Raises EvergreenError at its line.
    """
    if not post.execute.enabled:
        return post
    cell = next((cell for cell in notebook.cells if cell.options.runs and not cell.inline), None)
    try:
        block = requirements.read_block(cell.source) if cell else None
    except requirements.RequirementError as error:
        line = cell.line + error.line - 1 if cell else 1
        raise fault(post.path, error.message, error.advice, line=line) from None
    if cell is None or block is None:
        return post
    line = cell.line + block.line - 1
    if REQUIRES in post.lines:
        message = "the post's requirements are here and in its front matter"
        raise fault(post.path, message, "keep one of them", line=line)
    options = replace(post.execute, requires=block.requires or post.execute.requires)
    return replace(post, execute=options, lines={**post.lines, REQUIRES: line})


def _with_packages(post: Post, notebook: Notebook, folder: Path | None) -> Post:
    """Return a post as of a day with the packages that it imports, if it names no requirements.

    Raises EvergreenError if the package of a module is not known.
    """
    if post.kernel == "python3":
        from evergreen.build.imported import imported_packages  # few blogs need it

        requires = post.execute.requires or imported_packages(post.path, notebook, folder)
        return replace(post, execute=replace(post.execute, requires=requires))
    post = replace(post, execute=replace(post.execute, as_of=""))
    if "as_of" not in str(post.meta.get("execute")):
        return post  # it is the blog's setting
    message = f"'as_of' has no effect: the kernel '{post.kernel}' has its own packages"
    line = post.lines.get("execute", 1)
    ignored = Problem(post.path, line, 0, message, "remove it", "warning")
    return replace(post, warnings=(*post.warnings, ignored))
