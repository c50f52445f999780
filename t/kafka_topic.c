/*
 * kafka_topic BROKERS COMMAND ...: changes topics, which no other tool that we
 * have can.
 *
 *      create TOPIC PARTITIONS [NAME=VALUE]    one setting at most
 *      grow TOPIC PARTITIONS                   so many in the end
 *      set TOPIC NAME=VALUE                    and no other setting
 *      delete TOPIC
 *      allow|deny|forget USER TOPIC OPERATION  DESCRIBE or WRITE; `forget`
 *                                              undoes a `deny`
 */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define KAFKA_TOPIC_TIMEOUT  30000      /* ms */


typedef struct {
    rd_kafka_t          *rk;
    rd_kafka_queue_t    *queue;
    int                  argc;
    char               **argv;
} kafka_topic_t;


static int kafka_topic_create(kafka_topic_t *t);
static int kafka_topic_grow(kafka_topic_t *t);
static int kafka_topic_set(kafka_topic_t *t);
static int kafka_topic_delete(kafka_topic_t *t);
static int kafka_topic_acl(kafka_topic_t *t);
static int kafka_topic_wait(kafka_topic_t *t);
static rd_kafka_resp_err_t kafka_topic_error(rd_kafka_event_t *event,
    const char **text);


static const struct {
    const char  *name;
    int          argc;                  /* at least */
    int        (*run)(kafka_topic_t *t);
} kafka_topic_commands[] = {
    { "create", 2, kafka_topic_create },
    { "grow", 2, kafka_topic_grow },
    { "set", 2, kafka_topic_set },
    { "delete", 1, kafka_topic_delete },
    { "allow", 3, kafka_topic_acl },
    { "deny", 3, kafka_topic_acl },
    { "forget", 3, kafka_topic_acl },
    { NULL, 0, NULL }
};


int
main(int argc, char **argv)
{
    int               i, rc;
    char              error[256];
    kafka_topic_t     t;
    rd_kafka_conf_t  *conf;

    for (i = 0; argc > 2 && kafka_topic_commands[i].name; i++) {
        if (strcmp(argv[2], kafka_topic_commands[i].name) == 0
            && argc - 3 >= kafka_topic_commands[i].argc)
        {
            break;
        }
    }

    if (argc < 3 || kafka_topic_commands[i].name == NULL) {
        fprintf(stderr, "usage: kafka_topic BROKERS COMMAND ...\n");
        return 2;
    }

    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], NULL, 0);

    t.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (t.rk == NULL) {
        fprintf(stderr, "kafka_topic: %s\n", error);
        return 1;
    }

    t.queue = rd_kafka_queue_new(t.rk);
    t.argc = argc - 2;
    t.argv = argv + 2;

    rc = kafka_topic_commands[i].run(&t);

    rd_kafka_queue_destroy(t.queue);
    rd_kafka_destroy(t.rk);

    return rc;
}


static int
kafka_topic_create(kafka_topic_t *t)
{
    int                   rc;
    char                 *value;
    rd_kafka_NewTopic_t  *topic;

    topic = rd_kafka_NewTopic_new(t->argv[1], atoi(t->argv[2]), 1, NULL, 0);

    if (t->argc > 3 && (value = strchr(t->argv[3], '='))) {
        *value++ = '\0';
        (void) rd_kafka_NewTopic_set_config(topic, t->argv[3], value);
    }

    rd_kafka_CreateTopics(t->rk, &topic, 1, NULL, t->queue);
    rc = kafka_topic_wait(t);
    rd_kafka_NewTopic_destroy(topic);

    return rc;
}


static int
kafka_topic_grow(kafka_topic_t *t)
{
    int                        rc;
    char                       error[256];
    rd_kafka_NewPartitions_t  *more;

    more = rd_kafka_NewPartitions_new(t->argv[1], atoi(t->argv[2]), error,
                                      sizeof(error));
    if (more == NULL) {
        fprintf(stderr, "kafka_topic: %s\n", error);
        return 1;
    }

    rd_kafka_CreatePartitions(t->rk, &more, 1, NULL, t->queue);
    rc = kafka_topic_wait(t);
    rd_kafka_NewPartitions_destroy(more);

    return rc;
}


static int
kafka_topic_set(kafka_topic_t *t)
{
    int                         rc;
    char                       *value;
    rd_kafka_ConfigResource_t  *topic;

    value = strchr(t->argv[2], '=');
    if (value == NULL) {
        return 2;
    }

    *value++ = '\0';

    topic = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->argv[1]);
    (void) rd_kafka_ConfigResource_set_config(topic, t->argv[2], value);

    rd_kafka_AlterConfigs(t->rk, &topic, 1, NULL, t->queue);
    rc = kafka_topic_wait(t);
    rd_kafka_ConfigResource_destroy(topic);

    return rc;
}


static int
kafka_topic_delete(kafka_topic_t *t)
{
    int                      rc;
    rd_kafka_DeleteTopic_t  *topic;

    topic = rd_kafka_DeleteTopic_new(t->argv[1]);
    rd_kafka_DeleteTopics(t->rk, &topic, 1, NULL, t->queue);
    rc = kafka_topic_wait(t);
    rd_kafka_DeleteTopic_destroy(topic);

    return rc;
}


static int
kafka_topic_acl(kafka_topic_t *t)
{
    int                            rc;
    char                           who[128], error[256];
    rd_kafka_AclBinding_t         *acl;
    rd_kafka_AclOperation_t        operation;
    rd_kafka_AclPermissionType_t   permission;

    (void) snprintf(who, sizeof(who), "User:%s", t->argv[1]);

    operation = strcmp(t->argv[3], "WRITE") == 0
                ? RD_KAFKA_ACL_OPERATION_WRITE
                : RD_KAFKA_ACL_OPERATION_DESCRIBE;
    permission = strcmp(t->argv[0], "allow") == 0
                 ? RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW
                 : RD_KAFKA_ACL_PERMISSION_TYPE_DENY;

    if (strcmp(t->argv[0], "forget") == 0) {
        acl = rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC,
                  t->argv[2], RD_KAFKA_RESOURCE_PATTERN_LITERAL, who, "*",
                  operation, permission, error, sizeof(error));
        rd_kafka_DeleteAcls(t->rk, &acl, 1, NULL, t->queue);

    } else {
        acl = rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, t->argv[2],
                  RD_KAFKA_RESOURCE_PATTERN_LITERAL, who, "*", operation,
                  permission, error, sizeof(error));
        rd_kafka_CreateAcls(t->rk, &acl, 1, NULL, t->queue);
    }

    rc = kafka_topic_wait(t);
    rd_kafka_AclBinding_destroy(acl);

    return rc;
}


static int
kafka_topic_wait(kafka_topic_t *t)
{
    const char           *text;
    rd_kafka_event_t     *event;
    rd_kafka_resp_err_t   error;

    text = NULL;
    error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    event = rd_kafka_queue_poll(t->queue, KAFKA_TOPIC_TIMEOUT);

    if (event) {
        error = kafka_topic_error(event, &text);
    }

    if (error) {
        fprintf(stderr, "kafka_topic: %s of %s: %s\n", t->argv[0],
                t->argv[1], text ? text : rd_kafka_err2str(error));
    }

    if (event) {
        rd_kafka_event_destroy(event);
    }

    return error != 0;
}


static rd_kafka_resp_err_t
kafka_topic_error(rd_kafka_event_t *event, const char **text)
{
    size_t                              n;
    rd_kafka_resp_err_t                 error;
    const rd_kafka_topic_result_t     **topics;
    const rd_kafka_ConfigResource_t   **resources;

    error = rd_kafka_event_error(event);
    if (error) {
        *text = rd_kafka_event_error_string(event);
        return error;
    }

    topics = NULL;

    switch (rd_kafka_event_type(event)) {

    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        topics = rd_kafka_CreateTopics_result_topics(
                     rd_kafka_event_CreateTopics_result(event), &n);
        break;

    case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
        topics = rd_kafka_DeleteTopics_result_topics(
                     rd_kafka_event_DeleteTopics_result(event), &n);
        break;

    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
        topics = rd_kafka_CreatePartitions_result_topics(
                     rd_kafka_event_CreatePartitions_result(event), &n);
        break;

    case RD_KAFKA_EVENT_ALTERCONFIGS_RESULT:
        resources = rd_kafka_AlterConfigs_result_resources(
                        rd_kafka_event_AlterConfigs_result(event), &n);
        *text = rd_kafka_ConfigResource_error_string(resources[0]);
        return rd_kafka_ConfigResource_error(resources[0]);

    case RD_KAFKA_EVENT_CREATEACLS_RESULT:
        return rd_kafka_error_code(rd_kafka_acl_result_error(
                   rd_kafka_CreateAcls_result_acls(
                       rd_kafka_event_CreateAcls_result(event), &n)[0]));

    default:
        break;
    }

    if (topics == NULL) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    *text = rd_kafka_topic_result_error_string(topics[0]);

    return rd_kafka_topic_result_error(topics[0]);
}
