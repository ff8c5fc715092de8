-- Both years with the same columns. The number of a passenger starts anew each year, and INTDATE is a bare day of May.
SELECT '2017-' || RESPNUM AS customer_id, make_date(2017, 5, INTDATE::INTEGER) AS answered_at, *
FROM read_csv('2017_SFO_Customer_Survey.csv', all_varchar = true)
UNION ALL BY NAME
SELECT
    '2018-' || RESPNUM AS customer_id, make_date(2018, 5, INTDATE::INTEGER) AS answered_at,
    Q7WALKWAY AS Q7WALKWAYS, * EXCLUDE (Q7WALKWAY)
FROM read_csv('2018_SFO_Customer_Survey.csv', all_varchar = true)
ORDER BY answered_at, customer_id
