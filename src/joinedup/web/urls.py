"""Addresses of the pages."""

from __future__ import annotations

from django.urls import include, path, register_converter

from joinedup.web.api.interface import interface
from joinedup.web.converters import PersonConverter
from joinedup.web.views import about, explanation, findings, launch, linkage, measure, overview, quality, releases

register_converter(PersonConverter, "person")

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("measures/<str:measure_id>/", measure.measure, name="measure"),
    path("explain/<path:cell_id>/", explanation.explanation, name="explanation"),
    path("quality/", quality.quality, name="quality"),
    path("linkage/", linkage.linkage, name="linkage"),
    path("findings/", findings.findings, name="findings"),
    path("releases/", releases.releases, name="releases"),
    path("about/", about.about, name="about"),
    path("people/", include("joinedup.web.views.people.urls")),
    path("caseload/", include("joinedup.web.views.caseload.urls")),
    path("administration/", include("joinedup.web.views.administration.urls")),
    path("oversight/", include("joinedup.web.views.oversight.urls")),
    path("schemes/", include("joinedup.web.views.schemes.urls")),
    path("api/v1/", interface.urls),
    path("work/", include("joinedup.web.views.work.urls")),
    path("account/", include("joinedup.web.views.account.urls")),
    path("launch/", launch.launch, name="launch"),
    path("launch/open/", launch.open_launched, name="open_launched"),
]

handler404 = "joinedup.web.views.faults.not_found"
handler500 = "joinedup.web.views.faults.fault"
