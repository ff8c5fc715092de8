"""Rows that an unclosed quote put into a cell of a survey export are counted and shown, not lost."""

from __future__ import annotations

import pytest

import cxlib as cx

DATED = 'id,svar,datum\n1,"bra,2026-10-01\n2,x,2026-10-02\n3,y,2026-10-03\n4,slut",2026-10-04\n5,ok,2026-10-05\n'
BY_ID = 'id,svar,betyg\n1,"bra,5\n2,x,4\n3,y,9\n4,slut",3\n5,ok,7\n'
BY_WIDTH = 'a,b,c,d\nx,"bra,5,4\ny,z,4,3\nslut",3,2\nok,v,7,1\n'
TEXT = 'id,svar,betyg\n1,"Bra:\n- snabbt, enkelt, billigt\n- 3 veckor, utan krångel",5\n5,ok,7\n'
COMMENT = 'a,b,c\nx,"en,\ntvå, tre, fyra\nfem, sex",3\nok,v,7\n'


@pytest.mark.parametrize(
    ("content", "told", "n_read", "n_kept"),
    [
        (DATED, {"answered_at": "datum"}, 4, 1),
        (BY_ID, {"respondent": "id"}, 4, 1),
        (BY_WIDTH, {}, 3, 1),
        (TEXT, {"respondent": "id"}, 2, 2),
        (COMMENT, {}, 2, 2),
    ],
    ids=["by the date", "by the id", "by the number of cells", "a list in a comment", "a comment of few commas"],
)
def test_rows_within_a_cell_of_an_export(tmp_path, content, told, n_read, n_kept):
    path = tmp_path / "export.csv"
    path.write_text(content, encoding="utf-8")
    survey = cx.read_survey(path, **told)
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (n_read, n_kept, n_read - n_kept)
    assert len(survey.respondents) == n_kept
    swallowed = survey.rejected["reason"].str.contains("looks like further rows")
    assert swallowed.sum() == (n_kept < n_read)
    assert set(survey.rejected.loc[swallowed, "row"]) <= {2}


def test_a_mapped_export_counts_them_once_for_each_question(tmp_path):
    (tmp_path / "export.csv").write_text(BY_ID + "".join(f"{row},ok,5\n" for row in range(6, 106)), encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        'timezone = "UTC"\n[tables.responses]\nfile = "export.csv"\nanswered_on = 2026-10-03\n'
        '[tables.responses.columns]\nresponse_id = "id"\n[tables.responses.questions."betyg"]\nmetric = "nps"\n'
    )
    study = cx.load_study(tmp_path)
    counts = study.sources.set_index("table").loc["responses", ["rows_read", "rows_kept", "rows_rejected"]]
    assert counts.tolist() == [104, 101, 3]
    assert study.rejected["row"].tolist() == [2]
