"""The values that travel through a build, in the order in which they are made: settings, post,
notebook, execution, page, lists, report.

Every type is frozen; a mapping in a field is never changed afterwards. Nothing here uses a library,
the disk or the network.
"""

from evergreen.model.check import CheckOptions, CheckReport, LastCheck, PostCheck, Verdict
from evergreen.model.execution import CellError, Display, Environment, Execution, Output, Stream
from evergreen.model.jekyll import Collection, FrontMatterDefaults, JekyllConfig
from evergreen.model.lists import (
    Cover,
    ListEntry,
    Listing,
    PageLink,
    Relations,
    SeriesParts,
    SeriesPlace,
)
from evergreen.model.notebook import Cell, CellOptions, Notebook, Show, Step
from evergreen.model.numbering import CrossReference, LabelledThing
from evergreen.model.page import (
    Artifact,
    DeferredContent,
    Download,
    ExistingContent,
    Heading,
    Hyperlink,
    LinkedFile,
    LockedPackages,
    Page,
    PageLinks,
)
from evergreen.model.post import DataFile, HeroImage, Post, Reference, Series
from evergreen.model.report import HeldBack, Report
from evergreen.model.settings import (
    AnalyticsOptions,
    AuthorProfile,
    CitationOptions,
    CommentsOptions,
    CspOptions,
    ExecuteOptions,
    HeadOptions,
    HomeOptions,
    MenuEntry,
    NumberOptions,
    RecordOptions,
    Site,
)

__all__ = [
    "AnalyticsOptions",
    "Artifact",
    "AuthorProfile",
    "Cell",
    "CellError",
    "CellOptions",
    "CheckOptions",
    "CheckReport",
    "CitationOptions",
    "Collection",
    "CommentsOptions",
    "Cover",
    "CrossReference",
    "CspOptions",
    "DataFile",
    "DeferredContent",
    "Display",
    "Download",
    "Environment",
    "ExecuteOptions",
    "Execution",
    "ExistingContent",
    "FrontMatterDefaults",
    "HeadOptions",
    "Heading",
    "HeldBack",
    "HeroImage",
    "HomeOptions",
    "Hyperlink",
    "JekyllConfig",
    "LabelledThing",
    "LastCheck",
    "LinkedFile",
    "ListEntry",
    "Listing",
    "LockedPackages",
    "MenuEntry",
    "Notebook",
    "NumberOptions",
    "Output",
    "Page",
    "PageLink",
    "PageLinks",
    "Post",
    "PostCheck",
    "RecordOptions",
    "Reference",
    "Relations",
    "Report",
    "Series",
    "SeriesParts",
    "SeriesPlace",
    "Show",
    "Site",
    "Step",
    "Stream",
    "Verdict",
]
