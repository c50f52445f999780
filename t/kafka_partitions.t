# Partitions are added to the topic: the later events of an order go to the partition
# of its first event, which its record names; new orders use all partitions.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $ORDERS = 60;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka;
my $topic = $t->topic;
$kafka->topic('create', $topic, 3);

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        key %%KEY%%;
        property partitioner %%PARTITIONER%%;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay deliver cancel;
        trade_timeout 60s;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF
my %vars = (A => $a->address, KAFKA => $kafka->address, KEY => 'order_id',
    PARTITIONER => 'murmur2_random');
my $n = $t->nginx($conf, %vars)->start;

my $SKU = $topic;
sub key { my ($kind) = @_; return sprintf 'trade:{s%d}:%s', crc32($SKU) % 4096, $kind }
sub record { my ($id) = @_; return $a->cmd('GET', key("order:$id")) }
sub due { $a->cmd('ZCARD', key('due')) }

# The partitions that an order's events are in, by its id.
sub partitions {
    my %in;
    push @{ $in{ $_->{headers}{ce_subject} } }, $_->{partition} for $kafka->records($topic);
    return \%in;
}

my $buyers = 0;

sub place {
    my ($count) = @_;
    my @r = load($n, 8, map { order([$SKU => 1], 'u-' . ++$buyers) } 1 .. $count);
    is(scalar(grep { $_->{status} == 201 } @r), $count, "$count orders are placed");
    return map { $_->{json}{order_id} } @r;
}

sub act {
    my ($action, @ids) = @_;
    my @r = load($n, 8, map { { method => 'POST', path => "/v1/orders/$_/$action", body => undef } } @ids);
    is(scalar(grep { $_->{status} == 200 } @r), @ids, "$action: all are answered 200");
}

# Whether each has that many events, all in one partition.
sub together {
    my ($name, $events, @ids) = @_;
    my $in = partitions();
    my @apart = grep {
        my @p = @{ $in->{$_} || [] };
        @p != $events || grep { $_ != $p[0] } @p;
    } @ids;
    is(scalar(@apart), 0, "$name: the $events events of each order are in one partition")
        or diag join "\n", map { "$_: @{ $in->{$_} || [] }" } @apart;
}

is($n->put_stock($SKU, total => 10000)->{status}, 200, 'stock is set');
my @ids = place($ORDERS);
my $in = partitions();
is(scalar(grep { record($_) !~ /^PLACED 1 .*\no$in->{$_}[0] - -\n/ } @ids), 0,
    'the record of each order names the partition that its event is in');

# one as it was written before, without a partition

my ($old) = splice @ids, 0, 1;
my $text = record($old) =~ s/\no\d+ /\no /r;
$a->cmd('SET', key("order:$old"), $text);

# a record as a gateway makes it that has not seen Kafka: the publisher records
# the partition

my ($cold) = splice @ids, 0, 1;
$a->cmd('SET', key("order:$cold"), record($cold) =~ s/\no\d+ /\no /r);
$a->cmd('ZADD', key('due'), 0, "$cold.1");
ok(wait_for(sub { due() == 0 }, 60, 0.2), 'an order without a partition is published by the sweeper');
is(record($cold) =~ /\no(\d+) - -\n/ && $1, $in->{$cold}[0],
    'the record of an order that the sweeper has published names the partition');

# they grow

$kafka->topic('grow', $topic, 12);
$n->wait_log(qr/\[warn\] .*topic "\Q$topic\E" has 12 partitions, before it had 3: /, 1, 60);
# a worker gives orders of one second one partition, and each counts them by itself
my @fresh;
ok(wait_for(sub {
    push @fresh, place(20);
    $in = partitions();
    grep { $in->{$_}[0] > 2 } @fresh;
}, 120, 1), 'new orders go to new partitions, too');

act('pay', @ids, @fresh, $old);
together('paid', 2, @ids, @fresh);
is(scalar @{ partitions()->{$old} }, 2, 'an order whose record names no partition is paid, too');
my $paid = partitions()->{$old};
ok(wait_for(sub { record($old) =~ /^PAID .*\no(\d+) - -\nPLACED .*\no\1 - -\n/ }, 20),
    'the record of an order that was paid names the partition');
act('deliver', $old);
cmp_ok(scalar(grep { $_->{partition} == (record($old) =~ /\no(\d+) /)[0] }
    grep { $_->{headers}{ce_subject} eq $old && $_->{headers}{ce_sequence} > 1 } $kafka->records($topic)),
    '==', 2, 'the later events of the order stay in one partition');
act('pay', $cold);
is(scalar(grep { $_ != $in->{$cold}[0] } @{ partitions()->{$cold} }), 0,
    'the payment of an order that was published late follows its first event');
act('deliver', @ids[0 .. 9]);
together('delivered', 3, @ids[0 .. 9]);
act('cancel', @ids[10 .. 19]);
together('cancelled', 3, @ids[10 .. 19]);
is(scalar(() = $n->error_log =~ /has 12 partitions/g), 1, 'the log says once that partitions were added');

# a record that is restored from the topic, after a loss of Redis, has its
# partition

my $ctl = Trade::Ctl->new(dir => $t->dir, shards => { a => $a }, kafka => $kafka, topic => $topic);
my @kept = @ids[20 .. 29];
my %before = map { $_ => record($_) } @kept;
$a->cmd('FLUSHALL');
my ($code, $said) = $ctl->reconcile('-w', 0, $ctl->slot($SKU));
is($code, 0, 'the slot is reconciled') or diag $said;
is_deeply({ map { $_ => record($_) } @kept }, \%before, 'records are as they were, with their partitions');
act('deliver', @kept);
together('made again', 3, @kept);

# a topic that is made anew with fewer partitions

my ($far) = grep { $in->{$_}[0] > 2 } @fresh;
$kafka->topic('delete', $topic);
$kafka->topic('create', $topic, 1);
my $r = $n->request('POST', "/v1/orders/$far/deliver");
like($r->{status}, qr/^20[02]$/, 'an order whose partition is gone goes on');
ok(wait_for(sub { due() == 0 }, 60, 0.2), 'the event of an order whose partition is gone is published');
is_deeply(partitions()->{$far}, [0], 'the event is in a partition that exists');
$n->stop('QUIT');

# with every key and every partitioner

my $round = 0;
for (['buyer_id', 'murmur2_random'], ['order_id', 'consistent_random'], ['order_id', 'fnv1a'], ['order_id', 'random']) {
    my %more;
    @more{qw(KEY PARTITIONER)} = @$_;
    $topic = $t->topic . '-' . ++$round;
    $kafka->topic('create', $topic, 3);
    $SKU = $topic;
    $n = $t->nginx($conf, %vars, %more, TOPIC => $topic)->start;
    is($n->put_stock($SKU, total => 1000)->{status}, 200, "@$_: stock is set");
    my @some = place(20);
    $in = partitions();
    is(scalar(grep { record($_) !~ /\n[ob]$in->{$_}[0] - -\n/ } @some), 0,
        "@$_: the record names the partition that the event is in");
    $kafka->topic('grow', $topic, 7);
    $n->wait_log(qr/has 7 partitions, before it had 3/, 1, 60);
    act('pay', @some);
    together("@$_", 2, @some);
    $n->stop('QUIT');
}

$t->done;
