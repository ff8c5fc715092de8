-- One row for each question. A statement's performance (s1 to s23) stands beside what was expected of it (e1 to e23). One
-- that is empty was left open or was never met, which the file does not tell apart: it stays, without a score. The
-- likelihood to recommend is written 1 to 11: one is taken off.
WITH passengers AS (
    SELECT 'P' || printf('%04d', row_number() OVER ()) AS customer_id, *
    FROM read_csv('airlinesat.csv', all_varchar = true)
),
performances AS (
    FROM (SELECT customer_id, COLUMNS('^s[0-9]+$') FROM passengers)
    UNPIVOT INCLUDE NULLS (score FOR question IN (COLUMNS(* EXCLUDE customer_id)))
),
expectations AS (
    FROM (SELECT customer_id, COLUMNS('^e[0-9]+$') FROM passengers)
    UNPIVOT INCLUDE NULLS (expectation FOR question IN (COLUMNS(* EXCLUDE customer_id)))
),
answers AS (
    SELECT customer_id, 'nps' AS metric, NULL AS touchpoint, nps::DOUBLE - 1 AS score, NULL AS expectation FROM passengers
    UNION ALL
    SELECT customer_id, 'overall', NULL, overall_sat::DOUBLE, NULL FROM passengers
    UNION ALL
    SELECT p.customer_id, 'performance', 'Statement ' || printf('%02d', substr(p.question, 2)::INTEGER),
        p.score::DOUBLE, e.expectation::DOUBLE
    FROM performances AS p
    JOIN expectations AS e ON e.customer_id = p.customer_id AND substr(e.question, 2) = substr(p.question, 2)
)
SELECT customer_id, DATE '2014-01-01' AS answered_at, metric, touchpoint, score, expectation
FROM answers
ORDER BY customer_id, metric, touchpoint
