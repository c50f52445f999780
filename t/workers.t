# Any number of workers sells, one process without a master too: orders come in
# through all of them, and trade_status adds up what each has counted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(slurp wait_for);

my $ORDERS = 200;

my $t = Trade->new;
my ($a, $b) = ($t->redis('a'), $t->redis('b'));
my $kafka = $t->kafka;

my $conf = <<'EOF';
%%GLOBALS%%
%%WORKERS%%
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format trade '$pid $trade_result $trade_shard';
    access_log %%TESTDIR%%/trade.log trade;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

for (['worker_processes 1;', 1], ['worker_processes 2;', 2], ['worker_processes 4;', 4],
    ['master_process off;', 1])
{
    my ($how, $workers) = @$_;
    my $n = $t->nginx($conf, WORKERS => $how, A => $a->address, B => $b->address,
        KAFKA => $kafka->address)->start;
    my $name = "w$workers-" . $n->pid;
    my @skus = map { "$name-$_" } 1 .. 32;

    my @stock = load($n, 8, map { { method => 'PUT', path => "/v1/stock/$_",
        body => { total => $ORDERS } } } @skus);
    is_deeply({ count(map { $_->{status} } @stock) }, { 200 => 32 }, "$how stock is set");
    my @answers = load($n, 64, map { order([$skus[$_ % 32] => 1], "u-$_", "$name-$_") }
        1 .. $ORDERS);
    is_deeply({ count(map { $_->{status} } @answers) }, { 201 => $ORDERS }, 'orders are placed');

    my %in = map { $_->{key} => 1 } $kafka->orders($t->topic);
    is(scalar(grep { !$in{ $_->{json}{order_id} } } @answers), 0, 'all are in the topic');

    my ($s, @differ);
    ok(wait_for(sub { $s = $n->status; !$s->{in_flight} && !$s->{pending} }, 10),
        'no order stays in flight, or pending once the backlog is counted again');
    my %want = (workers => $workers, recorded => 32 + $ORDERS, acked => 32 + $ORDERS, pending => 0,
        kafka_queued => 0, not_acked => 0, resent => 0, ack_lost => 0, client_gone => 0);
    for (1 .. 4 * $workers) {
        $s = $n->status;
        push @differ, map { "$_=$s->{$_}" } grep { $s->{$_} != $want{$_} } sort keys %want;
        push @differ, "created=$s->{answers}{created}" if $s->{answers}{created} != $ORDERS;
    }
    is("@differ", '', 'the status is the sum of all, whoever gives it');
    is_deeply([map { $_->{state} } @{ $s->{shards} }], ['up', 'up'], 'both shards are up');

    $n->stop('QUIT', 20);
    my @log = map { [split] } split /\n/, slurp("$n->{dir}/trade.log");
    my @created = grep { $_->[1] eq 'created' } @log;
    my %pids = count(map { $_->[0] } @created);
    my %shards = count(map { $_->[2] } @created);
    is(scalar keys %pids, $workers, "$workers processes have taken orders");
    is_deeply([sort keys %shards], ['a', 'b'], 'orders lie on both shards');
}

$t->done;

sub count { my %n; $n{$_}++ for @_; return %n }
