-- Which set-up files made this database: their checksum, so that the doctor sees when the checkout has newer ones.
\ir common.sql
SET ROLE :"etl_owner";

\if :{?setup_sha256} \else \set setup_sha256 unknown \endif
SELECT format('CREATE OR REPLACE FUNCTION dba.f_setup_sha256() RETURNS text LANGUAGE sql IMMUTABLE AS %L', format('SELECT %L', :'setup_sha256'))
\gexec
COMMENT ON FUNCTION dba.f_setup_sha256() IS 'SHA-256 of the files of onboarding/sql, in the order of order.txt, that were run last.';
