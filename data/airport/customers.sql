-- Everybody who was asked. The part of the airport that the gate lies in is the segment. Nobody is asked twice: the
-- number starts anew each year.
SELECT '2017-' || RESPNUM AS customer_id, 'Boarding area ' || trim(BAREA) AS segment
FROM read_csv('2017_SFO_Customer_Survey.csv', all_varchar = true)
UNION ALL
SELECT '2018-' || RESPNUM, 'Boarding area ' || trim(BAREA)
FROM read_csv('2018_SFO_Customer_Survey.csv', all_varchar = true)
