"""What these pages are, and what their words mean."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

TERMS = (
    (
        "Release",
        "release",
        "Everything one build published: figures, definitions, sources and problems. It never changes.",
    ),
    ("Measure", "measure", "A question answered by counting: what is counted, out of what, for whom and when."),
    (
        "95% interval",
        "interval",
        "The figure would vary by chance if the same period could be lived again. In 95 of 100 such cases the interval "
        "holds the figure that lies behind. A wide interval means that the figure rests on few people or events.",
    ),
    (
        "Average and process limits",
        "limits",
        "Limits of statistical process control (an XmR chart): the average of the series, plus and minus 2.66 "
        "times the average difference between neighbouring figures. Ordinary variation stays within them. They are "
        "provisional with fewer than 13 figures.",
    ),
    (
        "Getting better, getting worse",
        "signal",
        "A figure is a signal when it lies outside the process limits, is one of seven or more that rise or fall in a "
        "row or lie on one side of the average, or is one of two in three close to a limit. Otherwise there is no "
        "clear change.",
    ),
    (
        "Will meet, may meet or miss, will miss the plan",
        "assurance",
        "Where the plan lies against the process limits: beyond them on the safe side, within them, or beyond them on "
        "the wrong side, if nothing changes.",
    ),
    (
        "Better, similar, worse",
        "comparison",
        "An area is called better or worse than another figure when its 95% interval lies clear of it. In a list of "
        "ten or more areas the limits of the funnel at 99.8% decide, because some areas always differ by chance.",
    ),
    (
        "Funnel plot",
        "funnel",
        "Each area's figure against its size. The lines show how far chance alone moves an area of that size away "
        "from the whole: small areas further than large ones.",
    ),
    (
        "Effective size",
        "effective-size",
        "How many people would give an interval as wide as the area's. It is smaller than the number of people where "
        "one person may be counted several times, or where figures are standardised or weighted.",
    ),
    (
        "Hidden",
        "hidden",
        "A figure about so few people that somebody might be recognised. It is hidden, not zero. How few depends on "
        "the source; each measure says it.",
    ),
    ("Not reported", "not-reported", "Nobody sent this figure. It is missing, not zero."),
    (
        "Sure and doubtful links",
        "links",
        "Records of one person are brought together by NHS number, name, date of birth and address. Where that is not "
        "certain, the figure is also given with the sure links only and with the doubtful ones too.",
    ),
    (
        "Set aside",
        "set-aside",
        "A row that broke a rule of its source and was not used. It is counted, with its reason.",
    ),
)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What joinedup is, how figures are made, and the words used."""
    return render(request, "joinedup/about.html", {"terms": TERMS})
