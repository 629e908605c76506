"""The front door: what `fundcalc.api` has, each name with the function or class that does the work."""

from fundcalc.analysis.cases import cases_json as cases_json
from fundcalc.analysis.cases import coverage_text as coverage_text
from fundcalc.analysis.cases import run_cases
from fundcalc.analysis.cases import suggested_cases as suggested_cases
from fundcalc.analysis.cases import test_with_coverage as test_with_coverage
from fundcalc.analysis.check import Trial as Trial
from fundcalc.analysis.check import check as check
from fundcalc.analysis.check import findings as findings
from fundcalc.analysis.check import findings_said as findings_said
from fundcalc.analysis.check import log as _log
from fundcalc.analysis.check import texts_said as texts_said
from fundcalc.analysis.check import trial_steps as trial_steps
from fundcalc.analysis.check import try_edit as try_edit
from fundcalc.analysis.compare import absent_names as absent_names
from fundcalc.analysis.compare import compare as compare
from fundcalc.analysis.compare import share as share
from fundcalc.analysis.project import project as project
from fundcalc.analysis.project import year_plans as year_plans
from fundcalc.analysis.prove import prove as prove
from fundcalc.analysis.sides import Basis as Basis
from fundcalc.api.computing import LEDGER as LEDGER
from fundcalc.api.computing import Progress as Progress
from fundcalc.api.computing import RecordedRun as RecordedRun
from fundcalc.api.computing import Run as Run
from fundcalc.api.computing import by_hand as by_hand
from fundcalc.api.computing import calculate as calculate
from fundcalc.api.computing import carry as carry
from fundcalc.api.computing import correct as correct
from fundcalc.api.computing import open_run as open_run
from fundcalc.api.computing import override as override
from fundcalc.api.computing import record as record
from fundcalc.api.computing import refuse_unpaid as refuse_unpaid
from fundcalc.api.computing import version as version
from fundcalc.api.editor import document_said as document_said
from fundcalc.api.editor import serve_editor as serve_editor
from fundcalc.api.explaining import check_village as check_village
from fundcalc.api.explaining import describe_village as describe_village
from fundcalc.api.explaining import explain as explain
from fundcalc.api.explaining import explain_what_if as explain_what_if
from fundcalc.api.explaining import explainer as explainer
from fundcalc.api.explaining import find_village as find_village
from fundcalc.api.explaining import levers as levers
from fundcalc.api.explaining import near as near
from fundcalc.api.explaining import near_csv as near_csv
from fundcalc.api.explaining import near_json as near_json
from fundcalc.api.explaining import near_text as near_text
from fundcalc.api.explaining import near_village as near_village
from fundcalc.api.explaining import one_village as one_village
from fundcalc.api.explaining import read_facts as read_facts
from fundcalc.api.explaining import rules_near as rules_near
from fundcalc.api.explaining import village_asked as village_asked
from fundcalc.api.explaining import villages_near as villages_near
from fundcalc.api.explaining import what_if as what_if
from fundcalc.api.explaining import why_not as why_not
from fundcalc.api.holding import hold as hold
from fundcalc.api.keeping import about_json as about_json
from fundcalc.api.keeping import about_text as about_text
from fundcalc.api.keeping import balance as balance
from fundcalc.api.keeping import basis_of as basis_of
from fundcalc.api.keeping import export as export
from fundcalc.api.keeping import export_zip as export_zip
from fundcalc.api.keeping import history as history
from fundcalc.api.keeping import names_given as names_given
from fundcalc.api.keeping import refused_papers as refused_papers
from fundcalc.api.keeping import review as review
from fundcalc.api.keeping import review_json as review_json
from fundcalc.api.keeping import review_text as review_text
from fundcalc.api.keeping import runs_json as runs_json
from fundcalc.api.keeping import runs_text as runs_text
from fundcalc.api.keeping import same_run as same_run
from fundcalc.api.keeping import settle as settle
from fundcalc.api.keeping import told_runs as told_runs
from fundcalc.api.keeping import verify as verify
from fundcalc.api.keeping import write_balance as write_balance
from fundcalc.api.reporting import DIFFERENCE_WRITERS as DIFFERENCE_WRITERS
from fundcalc.api.reporting import WRITERS as WRITERS
from fundcalc.api.reporting import Papers as Papers
from fundcalc.api.reporting import about as about
from fundcalc.api.reporting import browse as browse
from fundcalc.api.reporting import doubts as doubts
from fundcalc.api.reporting import kinds_of as kinds_of
from fundcalc.api.reporting import letter_pictures as letter_pictures
from fundcalc.api.reporting import letters as letters
from fundcalc.api.reporting import letters_in_one as letters_in_one
from fundcalc.api.reporting import make_papers as make_papers
from fundcalc.api.reporting import outcome_lines as outcome_lines
from fundcalc.api.reporting import paper_commands as paper_commands
from fundcalc.api.reporting import questions as questions
from fundcalc.api.reporting import questions_text as questions_text
from fundcalc.api.reporting import recording_commands as recording_commands
from fundcalc.api.reporting import report_html as report_html
from fundcalc.api.reporting import since as since
from fundcalc.api.reporting import special as special
from fundcalc.api.reporting import steps_of as steps_of
from fundcalc.api.reporting import summarise as summarise
from fundcalc.api.reporting import summary_json as summary_json
from fundcalc.api.reporting import summary_text as summary_text
from fundcalc.api.reporting import write as write
from fundcalc.api.reporting import write_again as write_again
from fundcalc.api.reporting import write_book as write_book
from fundcalc.api.reporting import write_differences as write_differences
from fundcalc.base.catalogue import all_pages
from fundcalc.base.catalogue import find_page as find_page
from fundcalc.base.catalogue import page_json as page_json
from fundcalc.base.catalogue import page_text as page_text
from fundcalc.base.catalogue import pages_markdown as pages_markdown
from fundcalc.base.catalogue import pages_near as pages_near
from fundcalc.base.files import write_bytes as write_bytes
from fundcalc.engines.absent import looked_back_once as looked_back_once
from fundcalc.engines.absent import no_run_before as no_run_before
from fundcalc.engines.calculate import without_rules as without_rules
from fundcalc.engines.sql.script import sql as sql
from fundcalc.engines.sql.session import DATABASE_WRITERS as DATABASE_WRITERS
from fundcalc.engines.sql.session import open_in as open_in
from fundcalc.engines.sql.session import write_in as write_in
from fundcalc.explain.answer import answer_lines as answer_lines
from fundcalc.explain.answer import answer_text as answer_text
from fundcalc.explain.answer import payments as payments
from fundcalc.explain.as_json import explanation_json as explanation_json
from fundcalc.explain.as_json import explanation_schema as explanation_schema
from fundcalc.explain.decision import Amount as Amount
from fundcalc.explain.decision import Explanation as Explanation
from fundcalc.explain.document import document as _document
from fundcalc.explain.why_not import WhyNot as WhyNot
from fundcalc.explain.words import said as _said
from fundcalc.explain.writers import explanation_markdown as explanation_markdown
from fundcalc.explain.writers import explanation_text as explanation_text
from fundcalc.language.datatypes import is_money as is_money
from fundcalc.language.datatypes import is_yuan as is_yuan
from fundcalc.ledger.balance import balance_data as _balance_data
from fundcalc.ledger.differences import Correction as Correction
from fundcalc.ledger.history import asks_back as asks_back
from fundcalc.ledger.store import runs as runs
from fundcalc.ledger.verify import is_digest as is_digest
from fundcalc.policy.columns import figure as figure
from fundcalc.policy.columns import with_unit as _with_unit
from fundcalc.policy.edit import Change as _Change
from fundcalc.policy.edit import lay_out as lay_out
from fundcalc.policy.edit import save as save
from fundcalc.policy.edit import save_layout as save_layout
from fundcalc.policy.edit import set_value as set_value
from fundcalc.policy.edit import understood as understood
from fundcalc.policy.json_schema import schema_kinds as schema_kinds
from fundcalc.policy.json_schema import schema_text as schema_text
from fundcalc.policy.json_schema import write_schemas as write_schemas
from fundcalc.policy.load import load as _load
from fundcalc.policy.load import load_policy as load_policy
from fundcalc.policy.plan import make_plan
from fundcalc.policy.variation import finer as finer
from fundcalc.policy.variation import parameter_value as parameter_value
from fundcalc.policy.variation import parameter_values as parameter_values
from fundcalc.policy.variation import scenarios as scenarios
from fundcalc.reports.answers import Call as Call
from fundcalc.reports.answers import openapi as openapi
from fundcalc.reports.answers import schema_named as schema_named
from fundcalc.reports.browse import PAGE as _PAGE
from fundcalc.reports.browse import Browse as Browse
from fundcalc.reports.browse import Wanted as Wanted
from fundcalc.reports.by_hand import correction_sums as correction_sums
from fundcalc.reports.by_hand import correction_villages as correction_villages
from fundcalc.reports.by_hand import hand_said as hand_said
from fundcalc.reports.compare import COMPARE_WRITERS as COMPARE_WRITERS
from fundcalc.reports.compare import comparison_json as comparison_json
from fundcalc.reports.compare import comparison_text as comparison_text
from fundcalc.reports.compare import document as _comparison_document
from fundcalc.reports.compare import headline as _headline
from fundcalc.reports.compare import unit_line as _unit_line
from fundcalc.reports.compare import write_comparison as write_comparison
from fundcalc.reports.doubts import Doubts as Doubts
from fundcalc.reports.doubts import Sample as Sample
from fundcalc.reports.doubts_list import DOUBT_WRITERS as DOUBT_WRITERS
from fundcalc.reports.doubts_list import about as _doubts_said
from fundcalc.reports.doubts_list import as_data as _doubts_data
from fundcalc.reports.doubts_list import as_table as _doubts_table
from fundcalc.reports.doubts_list import as_text as _doubts_text
from fundcalc.reports.doubts_list import kind_title as _doubts_title
from fundcalc.reports.doubts_list import write as _write_doubts
from fundcalc.reports.expressions import value as _value
from fundcalc.reports.files import rejects_csv as rejects_csv
from fundcalc.reports.grid import GRID_WRITERS as GRID_WRITERS
from fundcalc.reports.grid import grid as grid
from fundcalc.reports.grid import grid_in as grid_in
from fundcalc.reports.grid import grid_json as grid_json
from fundcalc.reports.grid import grid_text as grid_text
from fundcalc.reports.groups import write_groups as write_groups
from fundcalc.reports.html import explanation_html as explanation_html
from fundcalc.reports.letters.content import check_letters as check_letters
from fundcalc.reports.letters.content import file_name
from fundcalc.reports.marked import write_marked as write_marked
from fundcalc.reports.near import as_table as _near_table
from fundcalc.reports.near import pool_said as pool_said
from fundcalc.reports.near import read_share as read_share
from fundcalc.reports.near import what_if_json as what_if_json
from fundcalc.reports.near import what_if_text as what_if_text
from fundcalc.reports.outcome import End as End
from fundcalc.reports.outcome import compute_in as compute_in
from fundcalc.reports.outcome import database_outcome_lines as database_outcome_lines
from fundcalc.reports.outcome import database_summary_json as database_summary_json
from fundcalc.reports.outcome import database_summary_text as database_summary_text
from fundcalc.reports.outcome import next_step as next_step
from fundcalc.reports.outcome import quoted as quoted
from fundcalc.reports.papers import as_text as _held_text
from fundcalc.reports.papers import held_said as held_said
from fundcalc.reports.picture import Book as Book
from fundcalc.reports.project import PROJECT_WRITERS as PROJECT_WRITERS
from fundcalc.reports.project import projection_json as projection_json
from fundcalc.reports.project import projection_text as projection_text
from fundcalc.reports.project import write_projection as write_projection
from fundcalc.reports.proof import proof_json as proof_json
from fundcalc.reports.proof import proof_text as proof_text
from fundcalc.reports.questions import question_text as question_text
from fundcalc.reports.recorded import BALANCE_WRITERS as BALANCE_WRITERS
from fundcalc.reports.recorded import balance_tables as balance_tables
from fundcalc.reports.recorded import balance_text as balance_text
from fundcalc.reports.recorded import held_data as _held_data
from fundcalc.reports.recorded import verdict_json as _verdict_json
from fundcalc.reports.recorded import verdict_said as _verdict_said
from fundcalc.reports.recorded import verdict_text as _verdict_text
from fundcalc.reports.rejects import causes as causes
from fundcalc.reports.rejects import errors as errors
from fundcalc.reports.rejects import register_json as register_json
from fundcalc.reports.rejects import register_text as register_text
from fundcalc.reports.rejects import rejects_json as rejects_json
from fundcalc.reports.rejects import rejects_lines as rejects_lines
from fundcalc.reports.rejects import write_rejects as write_rejects
from fundcalc.reports.settings import OF_RECORDED as OF_RECORDED
from fundcalc.reports.settings import PAPER_KINDS as PAPER_KINDS
from fundcalc.reports.settings import LetterSettings as LetterSettings
from fundcalc.reports.settings import PaperChoice as PaperChoice
from fundcalc.reports.settings import SheetSettings as SheetSettings
from fundcalc.reports.settings import options_of as options_of
from fundcalc.reports.show import SHOW_WRITERS as SHOW_WRITERS
from fundcalc.reports.show import cases_held as cases_held
from fundcalc.reports.show import decision as decision
from fundcalc.reports.show import policy_html as policy_html
from fundcalc.reports.show import policy_json as policy_json
from fundcalc.reports.show import policy_text as policy_text
from fundcalc.reports.show import programmes as programmes
from fundcalc.reports.show import write_policy as write_policy
from fundcalc.reports.summary import decided_tables as decided_tables
from fundcalc.reports.summary import stake_said as stake_said
from fundcalc.reports.template import init as init
from fundcalc.reports.template import write_template as write_template
from fundcalc.roster.clean import is_clean_result as is_clean_result
from fundcalc.roster.clean import write_clean as write_clean
from fundcalc.roster.files.database import Address as Address
from fundcalc.roster.files.database import place as place
from fundcalc.roster.intake import ColumnTable as ColumnTable
from fundcalc.roster.intake import CorrectionTable as CorrectionTable
from fundcalc.roster.intake import FileTable as FileTable
from fundcalc.roster.intake import IntakeFile as IntakeFile
from fundcalc.roster.intake import RowTable as RowTable
from fundcalc.roster.intake import SheetTable as SheetTable
from fundcalc.roster.intake import intake_of as intake_of
from fundcalc.roster.intake import no_intake as no_intake
from fundcalc.roster.intake import read_intake as read_intake
from fundcalc.roster.intake import save_intake as save_intake
from fundcalc.roster.intake import toml_kind as toml_kind
from fundcalc.roster.look import Reading as Reading
from fundcalc.roster.model import Unsettled as Unsettled
from fundcalc.roster.propose import answers as answers
from fundcalc.roster.propose import asked as asked
from fundcalc.roster.propose import carry_over as carry_over
from fundcalc.roster.propose import offered as offered
from fundcalc.roster.propose import propose as propose
from fundcalc.roster.propose import put_over as put_over
from fundcalc.roster.propose import take_back_counties as take_back_counties
from fundcalc.roster.propose import write_intake as write_intake
from fundcalc.roster.read import ENDINGS
from fundcalc.roster.read import look_at as look_at
from fundcalc.roster.read import read_roster as read_roster
from fundcalc.roster.register import by_county as by_county
from fundcalc.roster.register import compare_register as compare_register
from fundcalc.roster.words import MULTIPLES

ROSTER_ENDINGS = ENDINGS
explanation_blocks = _document
VILLAGES_A_PAGE = _PAGE
value_text = _said
title_with_unit = _with_unit
MONEY_UNITS = MULTIPLES
FileChange = _Change
balance_json = _balance_data
verification_json = _verdict_json
verification_said = _verdict_said
verification_text = _verdict_text
doubts_json = _doubts_data
doubts_said = _doubts_said
doubts_table = _doubts_table
doubts_title = _doubts_title
doubts_text = _doubts_text
write_doubts = _write_doubts
comparison_document = _comparison_document
lane_said = _unit_line
comparison_headline = _headline
near_table = _near_table
held_json = _held_data
held_text = _held_text
pages = all_pages
sarif = _log
test = run_cases
load_policy_with_warnings = _load
plan = make_plan
said_value = _value
letters_name = file_name
