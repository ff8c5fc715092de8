-- One row for each question that a passenger could answer. 0, Blank and BLANK are questions left open: they stay, without
-- a score. 6 is "never used": there was no meeting, so there is no row. 11 is no answer to how likely she is to recommend.
WITH answers AS (
    SELECT
        '2017-' || RESPNUM AS customer_id, make_date(2017, 5, INTDATE::INTEGER) AS answered_at, WEIGHT AS survey_weight,
        NETPRO AS "nps|", Q7ALL AS "overall|",
        Q7ART AS "rating|Artwork", Q7FOOD AS "rating|Restaurants", Q7STORE AS "rating|Shops", Q7SIGN AS "rating|Signs inside",
        Q7WALKWAYS AS "rating|Walkways", Q7SCREENS AS "rating|Information screens",
        Q7INFODOWN AS "rating|Information booths, arrivals", Q7INFOUP AS "rating|Information booths, departures",
        Q7WIFI AS "rating|Wi-fi", Q7ROADS AS "rating|Signs on roads", Q7PARK AS "rating|Parking", Q7AIRTRAIN AS "rating|Airport train",
        Q7LTPARKING AS "rating|Long-term parking", Q7RENTAL AS "rating|Rental cars", Q9BOARDING AS "rating|Clean boarding areas",
        Q9FOOD AS "rating|Clean restaurants", Q9RESTROOM AS "rating|Clean restrooms", Q10SAFE AS "rating|Feeling safe"
    FROM read_csv('2017_SFO_Customer_Survey.csv', all_varchar = true)
    UNION ALL
    SELECT
        '2018-' || RESPNUM, make_date(2018, 5, INTDATE::INTEGER), WEIGHT,
        NETPRO, Q7ALL,
        Q7ART, Q7FOOD, Q7STORE, Q7SIGN,
        Q7WALKWAY, Q7SCREENS,
        Q7INFODOWN, Q7INFOUP,
        Q7WIFI, Q7ROADS, Q7PARK, Q7AIRTRAIN,
        Q7LTPARKING, Q7RENTAL, "Q9Boarding",
        "Q9Food", "Q9Restroom", "Q10Safe"
    FROM read_csv('2018_SFO_Customer_Survey.csv', all_varchar = true)
),
questions AS (
    FROM answers
    UNPIVOT INCLUDE NULLS (code FOR question IN (COLUMNS(* EXCLUDE (customer_id, answered_at, survey_weight))))
)
SELECT
    customer_id,
    answered_at,
    split_part(question, '|', 1) AS metric,
    nullif(split_part(question, '|', 2), '') AS touchpoint,
    CASE
        WHEN split_part(question, '|', 1) = 'nps' THEN nullif(trim(code), '11')
        WHEN upper(trim(code)) NOT IN ('0', 'BLANK') THEN trim(code)
    END AS score,
    survey_weight
FROM questions
WHERE question = 'nps|' OR code IS NULL OR trim(code) <> '6'
ORDER BY answered_at, customer_id
