-- A passenger is a row; the class flown is the segment.
SELECT 'P' || printf('%04d', row_number() OVER ()) AS customer_id, flight_class AS segment
FROM read_csv('airlinesat.csv', all_varchar = true)
