-- About 100,000 rows for the auction site, the same ones every time; `-v scale=N` makes N times as
-- many. Fits the schema of revision e1f5803c9b2d, so that two revisions are left for the demo.
\set ON_ERROR_STOP on
\if :{?scale}
\else
  \set scale 1
\endif

BEGIN;

INSERT INTO users (id, email, full_name, street, city, postcode, country, created_at)
SELECT
  n,
  format('%s.%s.%s@example.org', lower(given), lower(family), n),
  given || ' ' || family,
  CASE WHEN n % 7 > 0 THEN format('%s %s', 1 + n % 180, street) END,
  CASE WHEN n % 7 > 0 THEN city END,
  CASE WHEN n % 7 > 0 THEN lpad((n * 37 % 100000)::text, 5, '0') END,
  CASE WHEN n % 7 > 0 THEN country END,
  timestamptz '2026-01-05 08:00Z' + n * interval '9 minutes' / :scale
FROM generate_series(1, 5000 * :scale::bigint) AS n
CROSS JOIN LATERAL (
  SELECT
    (ARRAY['Ada', 'Bruno', 'Clara', 'Davide', 'Edith', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas',
           'Karin', 'Luca', 'Mira', 'Nils', 'Olga', 'Paul', 'Rosa', 'Sven', 'Tara', 'Ugo'])
      [1 + n % 20] AS given,
    (ARRAY['Albers', 'Berg', 'Costa', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Hansen', 'Ivanov',
           'Jansen', 'Keller', 'Lindqvist', 'Moreau', 'Novak', 'Okafor', 'Petit', 'Quinn'])
      [1 + n / 20 % 17] AS family,
    (ARRAY['High Street', 'Harbour Lane', 'Mill Road', 'Station Square', 'Church Walk'])
      [1 + n % 5] AS street,
    (ARRAY['Antwerp', 'Bergen', 'Cork', 'Dresden', 'Esbjerg', 'Florence'])[1 + n % 6] AS city,
    (ARRAY['BE', 'NO', 'IE', 'DE', 'DK', 'IT'])[1 + n % 6] AS country
) AS person;

INSERT INTO artworks (id, seller_id, title, description, starting_price, status, created_at)
SELECT
  n,
  1 + n * 7919 % (5000 * :scale::bigint),
  format('%s %s, No. %s', mood, subject, n),
  CASE WHEN n % 5 > 0 THEN concat_ws(' ',
    format('%s on %s, %s × %s cm, signed.', medium, ground, 20 + n % 140, 20 + n * 3 % 110),
    format('Painted in %s while the artist lived in %s, and shown there the year after.',
           1890 + n * 7 % 120, town),
    format('Bought from the estate in %s; private collection in %s since.', 1950 + n % 70, home),
    care, format('Comes with its frame, %s cm, and with invoice %s.', 2 + n % 9, n * 7919 % 900000),
    'Seen by appointment; collected by the buyer or sent insured at cost.') END,
  20 + n * 37 % 980 + (n % 4) * 0.25,
  (CASE WHEN n % 12 = 0 THEN 'draft' WHEN n % 12 = 1 THEN 'withdrawn'
        WHEN n % 12 < 6 THEN 'sold' ELSE 'listed' END)::artwork_status,
  timestamptz '2026-02-10 10:00Z' + n * interval '5 minutes' / :scale
FROM generate_series(1, 12000 * :scale::bigint) AS n
CROSS JOIN LATERAL (
  SELECT
    (ARRAY['Quiet', 'Blue', 'Broken', 'Distant', 'Golden', 'Unfinished', 'Winter'])[1 + n % 7] AS mood,
    (ARRAY['Harbour', 'Portrait', 'Still Life', 'Orchard', 'Interior', 'Field', 'Self-Portrait',
           'Bridge', 'Market', 'Dancer', 'Shoreline'])[1 + n % 11] AS subject,
    (ARRAY['Oil', 'Tempera', 'Gouache', 'Charcoal'])[1 + n % 4] AS medium,
    (ARRAY['canvas', 'panel', 'paper'])[1 + n % 3] AS ground,
    (ARRAY['Arles', 'Skagen', 'Worpswede', 'St Ives', 'Barbizon'])[1 + n % 5] AS town,
    (ARRAY['Antwerp', 'Bergen', 'Cork', 'Dresden', 'Esbjerg', 'Florence'])[1 + n * 5 % 6] AS home,
    (ARRAY['In good condition.', 'A small tear at the edge was mended in the eighties.',
           'Light craquelure in the sky, stable.', 'Cleaned and newly varnished.'])
      [1 + n * 3 % 4] AS care
) AS piece;

-- One to fourteen bids an artwork, each higher than the one before, none by the seller.
INSERT INTO bids (id, artwork_id, bidder_id, amount, placed_at)
SELECT
  row_number() OVER (ORDER BY placed_at, artwork_id),
  artwork_id,
  bidder_id,
  amount,
  placed_at
FROM (
  SELECT
    a.id AS artwork_id,
    1 + (a.seller_id + (a.id * 31 + k * 977) % (5000 * :scale::bigint - 1))
      % (5000 * :scale::bigint) AS bidder_id,
    round(a.starting_price * (1 + 0.06 * k), 2) AS amount,
    a.created_at + k * interval '3 hours' + a.id % 3600 * interval '1 second' AS placed_at
  FROM artworks AS a
  CROSS JOIN LATERAL generate_series(1, 1 + a.id::bigint * 13 % 14) AS k
  WHERE a.status <> 'draft'
) AS bid;

-- Whoever bid most for a sold artwork owes that; one in nine has not paid yet.
INSERT INTO payments (id, artwork_id, payer_id, amount, paid_at)
SELECT
  row_number() OVER (ORDER BY artwork_id),
  artwork_id,
  bidder_id,
  amount,
  CASE WHEN artwork_id % 9 > 0 THEN placed_at + interval '2 days' END
FROM (
  SELECT DISTINCT ON (b.artwork_id) b.artwork_id, b.bidder_id, b.amount, b.placed_at
  FROM bids AS b JOIN artworks AS a ON a.id = b.artwork_id
  WHERE a.status = 'sold'
  ORDER BY b.artwork_id, b.amount DESC
) AS won;

SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users)),
       setval(pg_get_serial_sequence('artworks', 'id'), (SELECT max(id) FROM artworks)),
       setval(pg_get_serial_sequence('bids', 'id'), (SELECT max(id) FROM bids)),
       setval(pg_get_serial_sequence('payments', 'id'), (SELECT max(id) FROM payments))
\g /dev/null

COMMIT;

ANALYZE;
