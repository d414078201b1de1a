-- Roles, their passwords and what they may do in this database. Run first, as a superuser or as a role with CREATEROLE that
-- owns the database. Passwords come as psql variables (etl_owner_password, etl_user_password, etl_admin_password,
-- etl_report_password); a variable that is not set leaves that password as it is.
\ir common.sql

-- A superuser may keep the password statements out of the server's log; nobody else can, and nobody else needs to ask.
SELECT set_config('log_statement', 'none', true), set_config('log_min_error_statement', 'panic', true),
       set_config('log_min_duration_statement', '-1', true)
FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper
\g /dev/null

SELECT format('CREATE ROLE %I %s', wanted.name, wanted.options)
FROM (VALUES (:'etl_owner', 'NOLOGIN'), (:'etl_user', 'LOGIN'), (:'etl_admin', 'LOGIN'), (:'etl_report', 'LOGIN'))
     AS wanted (name, options)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name)
\gexec

\if :{?etl_owner_password}
ALTER ROLE :"etl_owner" LOGIN PASSWORD :'etl_owner_password';
\endif
\if :{?etl_user_password}
ALTER ROLE :"etl_user" PASSWORD :'etl_user_password';
\endif
\if :{?etl_admin_password}
ALTER ROLE :"etl_admin" PASSWORD :'etl_admin_password';
\endif
\if :{?etl_report_password}
ALTER ROLE :"etl_report" PASSWORD :'etl_report_password';
\endif

SELECT rolsuper OR rolcreaterole AS may_manage_roles, rolsuper AS is_superuser, current_user = :'etl_owner' AS is_owner
FROM pg_catalog.pg_roles WHERE rolname = current_user
\gset
\if :may_manage_roles
-- Report SQL is written by people: it starts read-only and ends after a minute even where the sender forgets to say so.
ALTER ROLE :"etl_report" SET default_transaction_read_only = on;
ALTER ROLE :"etl_report" SET statement_timeout = '60s';
ALTER ROLE :"etl_report" SET idle_in_transaction_session_timeout = '120s';
-- The owner inherits etl_user, so that maintenance reaches the target tables the jobs create.
GRANT :"etl_user" TO :"etl_owner";
\if :is_owner
\else
GRANT :"etl_owner" TO CURRENT_USER;
\endif
\endif
\if :is_superuser
-- Lets the monitor see the query text of other roles; without it the text reads <insufficient privilege>.
GRANT pg_read_all_stats TO :"etl_owner";
\endif

REVOKE CREATE, TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO :"etl_owner", :"etl_user", :"etl_admin", :"etl_report";
GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO :"etl_owner", :"etl_user";
SELECT coalesce(bool_or(pg_has_role(nspowner, 'USAGE')), false) AS owns_public FROM pg_catalog.pg_namespace WHERE nspname = 'public'
\gset
\if :owns_public
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"etl_user";
\endif

-- Whatever a job creates later can be read by the admin and by reports, without another GRANT.
SET ROLE :"etl_owner";
ALTER DEFAULT PRIVILEGES FOR ROLE :"etl_user" GRANT USAGE ON SCHEMAS TO :"etl_admin", :"etl_report";
ALTER DEFAULT PRIVILEGES FOR ROLE :"etl_user" GRANT SELECT ON TABLES TO :"etl_admin", :"etl_report";
RESET ROLE;
