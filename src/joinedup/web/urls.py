"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from joinedup.web.views import about, explanation, findings, linkage, measure, overview, quality, releases

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("measures/<str:measure_id>/", measure.measure, name="measure"),
    path("explain/<path:cell_id>/", explanation.explanation, name="explanation"),
    path("quality/", quality.quality, name="quality"),
    path("linkage/", linkage.linkage, name="linkage"),
    path("findings/", findings.findings, name="findings"),
    path("releases/", releases.releases, name="releases"),
    path("about/", about.about, name="about"),
]

handler404 = "joinedup.web.views.faults.not_found"
handler500 = "joinedup.web.views.faults.fault"
