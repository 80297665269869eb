"""The values that travel through a build, in the order in which they come to be: settings, post,
notebook, execution, page, lists, report.

Every type is frozen; a mapping in a field is never changed after it was put there. Nothing here
knows a library, the disk or the network.
"""

from evergreen.model.check import CheckOptions, CheckReport, LastCheck, PostCheck, Verdict
from evergreen.model.execution import CellError, Display, Environment, Execution, Output, Stream
from evergreen.model.jekyll import Defaults, Moved
from evergreen.model.lists import Entry, Link, Listing, Parts, Relations
from evergreen.model.notebook import Cell, CellOptions, Notebook, Show, Step
from evergreen.model.page import Artifact, Download, Heading, Hyperlink, Kept, Linked, Page
from evergreen.model.post import DataFile, HeroImage, Post, Reference, Series
from evergreen.model.report import Report
from evergreen.model.settings import CommentsOptions, ExecuteOptions, RecordOptions, Site

__all__ = [
    "Artifact",
    "Cell",
    "CellError",
    "CellOptions",
    "CheckOptions",
    "CheckReport",
    "CommentsOptions",
    "DataFile",
    "Defaults",
    "Display",
    "Download",
    "Entry",
    "Environment",
    "ExecuteOptions",
    "Execution",
    "Heading",
    "HeroImage",
    "Hyperlink",
    "Kept",
    "LastCheck",
    "Link",
    "Linked",
    "Listing",
    "Moved",
    "Notebook",
    "Output",
    "Page",
    "Parts",
    "Post",
    "PostCheck",
    "RecordOptions",
    "Reference",
    "Relations",
    "Report",
    "Series",
    "Show",
    "Site",
    "Step",
    "Stream",
    "Verdict",
]
