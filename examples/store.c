#include "store.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


struct store_s {
    const char  *conninfo;
    PGconn      *pg;                    /* NULL while there is none */
    PGresult    *result;
    char         why[256];
};


static int store_connect(store_t *store);
static int store_is_refusal(const char *sqlstate);
static void store_fail(store_t *store, const char *why);


store_t *
store_open(const char *conninfo)
{
    store_t  *store;

    store = calloc(1, sizeof(*store));

    if (store) {
        store->conninfo = conninfo;
    }

    return store;
}


store_rc_t
store_take(store_t *store, const char *batch, size_t n)
{
    const char  *sqlstate;

    PQclear(store->result);
    store->result = NULL;

    if (store_connect(store) != 0) {
        return STORE_DOWN;
    }

    store->result = PQexecParams(store->pg, "SELECT take($1)", 1, NULL,
                                 &batch, NULL, NULL, 0);

    if (PQresultStatus(store->result) == PGRES_TUPLES_OK
        && (size_t) PQntuples(store->result) == n)
    {
        return STORE_TAKEN;
    }

    sqlstate = PQresultErrorField(store->result, PG_DIAG_SQLSTATE);

    if (store_is_refusal(sqlstate)) {
        store_fail(store, PQresultErrorField(store->result,
                                             PG_DIAG_MESSAGE_PRIMARY));
        return STORE_REFUSED;
    }

    store_fail(store, PQerrorMessage(store->pg));
    PQfinish(store->pg);
    store->pg = NULL;

    return STORE_DOWN;
}


static int
store_connect(store_t *store)
{
    const char *const  names[] = {
        "connect_timeout", "tcp_user_timeout", "keepalives_idle",
        "keepalives_interval", "keepalives_count", "application_name",
        "client_encoding", "dbname", NULL
    };
    const char *const  values[] = {
        "5", "10000", "10", "5", "3", "consumer", "UTF8", store->conninfo,
        NULL
    };

    if (store->pg) {
        return 0;
    }

    store->pg = PQconnectdbParams(names, values, 1);

    if (PQstatus(store->pg) == CONNECTION_OK) {
        return 0;
    }

    store_fail(store, PQerrorMessage(store->pg));
    PQfinish(store->pg);
    store->pg = NULL;

    return -1;
}


/*
 * Is it the data's fault?  Data exceptions, constraints and program limits are;
 * all else passes, or is put right by somebody: no server, a table missing.
 */

static int
store_is_refusal(const char *sqlstate)
{
    return sqlstate && (strncmp(sqlstate, "22", 2) == 0
                        || strncmp(sqlstate, "23", 2) == 0
                        || strncmp(sqlstate, "54", 2) == 0);
}


static void
store_fail(store_t *store, const char *why)
{
    snprintf(store->why, sizeof(store->why), "%.*s",
             (int) strcspn(why ? why : "", "\n"), why ? why : "");
}


const char *
store_verdict(const store_t *store, size_t i)
{
    return PQgetvalue(store->result, i, 0);
}


const char *
store_why(const store_t *store)
{
    return store->why;
}


void
store_close(store_t *store)
{
    PQclear(store->result);
    PQfinish(store->pg);
    free(store);
}
