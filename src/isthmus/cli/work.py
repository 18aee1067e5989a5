"""What the verbs do, imported when they run: a help and one prediction load none of it. The one table of that.

``work.bench_run.measure(...)`` is ``isthmus.bench.run.measure(...)``, and mypy checks it as such.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from isthmus.errors import UsageError

if TYPE_CHECKING:
    from isthmus import bundle, files, recipe, recipes
    from isthmus.bench import chart as bench_chart
    from isthmus.bench import networks as bench_networks
    from isthmus.bench import page as bench_page
    from isthmus.bench import ratios as bench_ratios
    from isthmus.bench import run as bench_run
    from isthmus.cross import chance as cross_chance
    from isthmus.cross import gate as cross_gate
    from isthmus.cross import network as cross
    from isthmus.cross import plan as cross_plan
    from isthmus.cross import prediction_file, run_folder, table_comparison, table_scorecard
    from isthmus.cross import results as cross_results
    from isthmus.cross import scorecard as cross_scorecard
    from isthmus.cross.decisions import calibrate as cross_calibrate
    from isthmus.cross.decisions import site as cross_site
    from isthmus.data import leaving, pixels, prepare, tables, threads
    from isthmus.data.audit import audit, likeness, survey
    from isthmus.data.audit.leaks import relations, split_file
    from isthmus.dicom import deidentify, regions
    from isthmus.dicom import header as dicom_header
    from isthmus.dicom import outputs as dicom_outputs
    from isthmus.dicom import report as dicom_report
    from isthmus.evidence import beside as evidence_beside
    from isthmus.evidence import inspection, judged, match, nodules
    from isthmus.evidence.pictured import judged as pictured
    from isthmus.evidence.pictured import pictures
    from isthmus.evidence.readers import judged as readers_judged
    from isthmus.export import ensemble as export_ensemble
    from isthmus.export import write as export_write
    from isthmus.infer import ahead, answer, predictor, proofs, reporting, together
    from isthmus.infer.archive import items as archive_items
    from isthmus.infer.archive import parts as archive_parts
    from isthmus.infer.archive import ray_backend as archive_ray
    from isthmus.infer.archive import read as archive_read
    from isthmus.infer.archive import walk as archive_walk
    from isthmus.infer.neighbours import similar
    from isthmus.infer.proposal import propose
    from isthmus.learn import beginning, devices, processes, ready
    from isthmus.learn.beside import second_set
    from isthmus.learn.unlabelled import trunk
    from isthmus.learn.unlabelled import weights as trunk_weights
    from isthmus.models import facts, shipped
    from isthmus.pacs import dimse as pacs_dimse
    from isthmus.pacs import inbox as pacs_inbox
    from isthmus.pacs import listener as pacs_listener
    from isthmus.pacs import queue as pacs_queue
    from isthmus.pacs import run as pacs_run
    from isthmus.pacs import session as pacs_session
    from isthmus.pacs import status as pacs_status
    from isthmus.pacs import stow as pacs_stow
    from isthmus.pacs import web as pacs_web
    from isthmus.phantom import write as phantom_write
    from isthmus.report import cross_page, study_files, verdict_words
    from isthmus.report.evidence import files as evidence_files
    from isthmus.report.readers import page as readers_page
    from isthmus.report.terminal import audit as terminal_audit
    from isthmus.report.terminal import calibration as terminal_calibration
    from isthmus.report.terminal import calipers as terminal_calipers
    from isthmus.report.terminal import comparison as terminal_comparison
    from isthmus.report.terminal import leaks as terminal_leaks
    from isthmus.report.terminal import readers as terminal_readers
    from isthmus.report.terminal import scorecard as terminal_scorecard
    from isthmus.report.terminal import study as terminal_study
    from isthmus.serve import backup as serve_backup
    from isthmus.serve import run as serve_run
    from isthmus.serve import settings as serve_settings
    from isthmus.serve import store as serve_store
    from isthmus.serve.login import users as serve_users
    from isthmus.serve.studies import grades as study_grades
    from isthmus.serve.studies import plan as study_plan
    from isthmus.study import question as study_question
    from isthmus.study import run as study_run
    from isthmus.study import workers as study_workers
    from isthmus.tirads import descriptors as tirads_descriptors
    from isthmus.tirads import systems as tirads_systems

HOMES = {
    "ahead": "isthmus.infer.ahead",
    "answer": "isthmus.infer.answer",
    "archive_items": "isthmus.infer.archive.items",
    "archive_parts": "isthmus.infer.archive.parts",
    "archive_ray": "isthmus.infer.archive.ray_backend",
    "archive_read": "isthmus.infer.archive.read",
    "archive_walk": "isthmus.infer.archive.walk",
    "audit": "isthmus.data.audit.audit",
    "beginning": "isthmus.learn.beginning",
    "bench_chart": "isthmus.bench.chart",
    "bench_networks": "isthmus.bench.networks",
    "bench_page": "isthmus.bench.page",
    "bench_ratios": "isthmus.bench.ratios",
    "bench_run": "isthmus.bench.run",
    "bundle": "isthmus.bundle",
    "cross": "isthmus.cross.network",
    "cross_calibrate": "isthmus.cross.decisions.calibrate",
    "cross_chance": "isthmus.cross.chance",
    "cross_gate": "isthmus.cross.gate",
    "cross_page": "isthmus.report.cross_page",
    "cross_plan": "isthmus.cross.plan",
    "cross_results": "isthmus.cross.results",
    "cross_scorecard": "isthmus.cross.scorecard",
    "cross_site": "isthmus.cross.decisions.site",
    "deidentify": "isthmus.dicom.deidentify",
    "devices": "isthmus.learn.devices",
    "files": "isthmus.files",
    "dicom_header": "isthmus.dicom.header",
    "dicom_outputs": "isthmus.dicom.outputs",
    "dicom_report": "isthmus.dicom.report",
    "evidence_beside": "isthmus.evidence.beside",
    "evidence_files": "isthmus.report.evidence.files",
    "export_ensemble": "isthmus.export.ensemble",
    "export_write": "isthmus.export.write",
    "facts": "isthmus.models.facts",
    "inspection": "isthmus.evidence.inspection",
    "judged": "isthmus.evidence.judged",
    "leaving": "isthmus.data.leaving",
    "likeness": "isthmus.data.audit.likeness",
    "match": "isthmus.evidence.match",
    "nodules": "isthmus.evidence.nodules",
    "pacs_dimse": "isthmus.pacs.dimse",
    "pacs_inbox": "isthmus.pacs.inbox",
    "pacs_listener": "isthmus.pacs.listener",
    "pacs_queue": "isthmus.pacs.queue",
    "pacs_run": "isthmus.pacs.run",
    "pacs_session": "isthmus.pacs.session",
    "pacs_status": "isthmus.pacs.status",
    "pacs_stow": "isthmus.pacs.stow",
    "pacs_web": "isthmus.pacs.web",
    "phantom_write": "isthmus.phantom.write",
    "pictured": "isthmus.evidence.pictured.judged",
    "pictures": "isthmus.evidence.pictured.pictures",
    "pixels": "isthmus.data.pixels",
    "prediction_file": "isthmus.cross.prediction_file",
    "predictor": "isthmus.infer.predictor",
    "prepare": "isthmus.data.prepare",
    "processes": "isthmus.learn.processes",
    "proofs": "isthmus.infer.proofs",
    "propose": "isthmus.infer.proposal.propose",
    "readers_judged": "isthmus.evidence.readers.judged",
    "readers_page": "isthmus.report.readers.page",
    "ready": "isthmus.learn.ready",
    "recipe": "isthmus.recipe",
    "recipes": "isthmus.recipes",
    "regions": "isthmus.dicom.regions",
    "relations": "isthmus.data.audit.leaks.relations",
    "reporting": "isthmus.infer.reporting",
    "run_folder": "isthmus.cross.run_folder",
    "second_set": "isthmus.learn.beside.second_set",
    "serve_backup": "isthmus.serve.backup",
    "serve_run": "isthmus.serve.run",
    "serve_settings": "isthmus.serve.settings",
    "serve_store": "isthmus.serve.store",
    "serve_users": "isthmus.serve.login.users",
    "shipped": "isthmus.models.shipped",
    "similar": "isthmus.infer.neighbours.similar",
    "split_file": "isthmus.data.audit.leaks.split_file",
    "study_files": "isthmus.report.study_files",
    "study_grades": "isthmus.serve.studies.grades",
    "study_plan": "isthmus.serve.studies.plan",
    "study_question": "isthmus.study.question",
    "study_run": "isthmus.study.run",
    "study_workers": "isthmus.study.workers",
    "survey": "isthmus.data.audit.survey",
    "table_comparison": "isthmus.cross.table_comparison",
    "table_scorecard": "isthmus.cross.table_scorecard",
    "terminal_audit": "isthmus.report.terminal.audit",
    "terminal_calibration": "isthmus.report.terminal.calibration",
    "terminal_calipers": "isthmus.report.terminal.calipers",
    "terminal_comparison": "isthmus.report.terminal.comparison",
    "terminal_leaks": "isthmus.report.terminal.leaks",
    "terminal_readers": "isthmus.report.terminal.readers",
    "terminal_scorecard": "isthmus.report.terminal.scorecard",
    "terminal_study": "isthmus.report.terminal.study",
    "tables": "isthmus.data.tables",
    "threads": "isthmus.data.threads",
    "tirads_descriptors": "isthmus.tirads.descriptors",
    "tirads_systems": "isthmus.tirads.systems",
    "together": "isthmus.infer.together",
    "trunk": "isthmus.learn.unlabelled.trunk",
    "trunk_weights": "isthmus.learn.unlabelled.weights",
    "verdict_words": "isthmus.report.verdict_words",
}

LIGHT = ("matplotlib", "jinja2")  # what draws pages: alone it is small

if not TYPE_CHECKING:  # so that mypy reports a name that is not imported above

    def __getattr__(name: str) -> object:
        """The module of that name. Raises UsageError, with what to install, where a package of an extra is missing."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Huge pages for large tensors: a training step is a fifth shorter. torch reads it at its first allocation.
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
        try:
            return importlib.import_module(HOMES[name])
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("isthmus"):
                raise
            if error.name in LIGHT:
                remedy = f"Install it: pip install {error.name}; or, with torch, pip install 'isthmus[train]'."
                raise UsageError(f"this needs {error.name}, which is not installed", remedy=remedy) from None
            extra = "serve" if HOMES[name].startswith(("isthmus.serve.", "isthmus.pacs.")) else "train"
            raise UsageError(
                f"this needs {error.name}, which is not installed",
                remedy=f"Install it: pip install 'isthmus[{extra}]'.",
            ) from None
