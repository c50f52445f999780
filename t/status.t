# trade_status counts requests and their results, over all workers, through
# reloads and a worker's death; its gauges are true of the present.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port slurp spew wait_for);

my $t = Trade->new;
my ($a, $b, $c, $d) = map { $t->redis($_) } qw(a b c d);
my $down = '127.0.0.1:' . free_port();
$c->cmd('SET', 'mine', 1);

my $n = $t->nginx(<<'EOF', A => $a->address, B => $b->address, C => $c->address, D => $d->address, DOWN => $down, KAFKA => $t->kafka->address)->start(up => 6);
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 120s;       # only the dead's orders are swept up

    trade_redis stock {
        server %%A%% name=a weight=2;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # one that nobody listens for, and one that is somebody else's
    trade_redis none {
        server %%DOWN%% name=down;
        server %%C%% name=other;
    }
    trade_kafka none { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # shards that are there, a broker that is not
    trade_redis slow { server %%D%% name=d; }
    trade_kafka slow { brokers %%DOWN%%; topic t; property message.timeout.ms 10000; }

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /none/orders { trade_orders none none; }
        location /slow/orders { trade_orders slow slow; trade_timeout 1s; }
        location /slow/stock { trade_stock slow slow; trade_timeout 1s; }
        location /trade { trade_status; }
    }
}
EOF

# The form of the status

my $r = $n->get('/trade');
is($r->{status}, 200, 'trade_status answers 200');
is($r->{headers}{'content-type'}, 'application/json', 'trade_status is JSON');
is($r->{headers}{'content-length'}, length $r->{body}, 'trade_status has the length that it says');
my $s = $r->{json};
is(ref $s, 'HASH', 'trade_status is well-formed');
$s = $n->status
    while !wait_for(sub { grep { $_->{state} eq 'refused' } @{ $s->{shards} } }, 0);
my @since = map { delete $_->{since} } @{ $s->{shards} };
is_deeply([grep { !/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } @since], [],
    'each state of a shard has a time');
is_deeply($s->{shards}, [
    map { { reason => '', %$_, due => 0, closed => [] } }
    { redis => 'stock', name => 'a', address => $a->address, weight => 2, state => 'up' },
    { redis => 'stock', name => 'b', address => $b->address, weight => 1, state => 'up' },
    { redis => 'none', name => 'down', address => $down, weight => 1, state => 'down',
        reason => 'refused' },
    { redis => 'none', name => 'other', address => $c->address, weight => 1,
        state => 'refused', reason => 'no-shard' },
    { redis => 'slow', name => 'd', address => $d->address, weight => 1, state => 'up' },
], 'with the shards and their states');
is($s->{workers}, 2, 'trade_status has the number of workers');
is_deeply([grep { $s->{$_} } gauges(), counters()], [], 'no request is counted yet');
is_deeply([grep { $s->{answers}{$_} } keys %{ $s->{answers} }], [], 'trade_status counts no answer yet');
like($n->raw("HEAD /trade HTTP/1.0\r\n\r\n"), qr/^HTTP\S+ 200 [^{]+$/, 'HEAD gets no body');
like($n->raw("POST /trade HTTP/1.0\r\n\r\n"), qr/^HTTP\S+ 405 /, 'POST is not allowed');

# A known series of requests, over both workers: as often as it says, which is
# answered so

sub json_order { return { body => { buyer_id => $_[0], items => [{ sku => $_[1], quantity => 1 }] } } }
my $long = '{"buyer_id":"' . 'x' x 16384 . '"}';
my @series = (
    [1, PUT => '/v1/stock/S', { body => { total => 100, limit => 3 } }, 'done'],
    [1, PUT => '/v1/stock/EARLY', { body => { total => 1, opens_at => '2100-01-01T00:00:00Z' } },
        'done'],
    [1, PUT => '/v1/stock/OVER', { body => { total => 1, closes_at => '2020-01-01T00:00:00Z' } },
        'done'],
    [1, PUT => '/v1/stock/LITTLE', { body => { total => 1 } }, 'done'],
    [1, POST => '/v1/orders', json_order('first', 'LITTLE'), 'created'],
    [1, POST => '/v1/orders', { %{ json_order('k', 'S') }, key => 'k1' }, 'created'],
    [3, POST => '/v1/orders', json_order('u', 'S'), 'created'],
    [6, POST => '/v1/orders', { %{ json_order('k', 'S') }, key => 'k1' }, 'created', 'replayed'],
    [2, POST => '/v1/orders', { %{ json_order('k', 'S') }, key => 'k1',
        body => { buyer_id => 'k', items => [{ sku => 'S', quantity => 2 }] } },
        'idempotency-key-reused'],
    [4, POST => '/v1/orders', json_order('u', 'S'), 'buyer-limit'],
    [5, POST => '/v1/orders', json_order('v', 'LITTLE'), 'sold-out'],
    [2, POST => '/v1/orders', json_order('v', 'EARLY'), 'not-started'],
    [3, POST => '/v1/orders', json_order('v', 'OVER'), 'sale-over'],
    [4, POST => '/v1/orders', json_order('v', 'NONE'), 'unknown-sku'],
    [2, POST => '/v1/orders', { body => '{' }, 'bad-json'],
    [3, POST => '/v1/orders', { body => '{"buyer_id":"a","buyer_id":"a"}' }, 'doubled-field'],
    [1, POST => '/v1/orders', { body => '{"buyer":"a"}' }, 'unknown-field'],
    [2, POST => '/v1/orders', { body => '{}' }, 'invalid-field'],
    [3, POST => '/v1/orders', { body => $long }, 'body-too-long'],
    [2, POST => '/v1/orders', { body => '{}', type => 'text/plain' }, 'media-type'],
    [2, POST => '/v1/orders', { %{ json_order('v', 'S') }, key => '"' },
        'idempotency-key-malformed'],
    [3, DELETE => '/v1/orders', {}, 'method-not-allowed'],
    [2, GET => '/v1/orders/x', {}, 'unknown-order'],
    [5, GET => '/v1/stock/S', {}, 'done'],
    [2, GET => '/v1/stock/NONE', {}, 'unknown-sku'],
    [2, GET => '/v1/stock', {}, 'not-found'],
    [1, PATCH => '/v1/stock/S', { body => { delta => 1 } }, 'idempotency-key-required'],
    [1, PATCH => '/v1/stock/S', { body => { delta => 1 }, key => 'p' }, 'done'],
    [2, PATCH => '/v1/stock/S', { body => { delta => 1 }, key => 'p' }, 'done', 'replayed'],
    [2, PUT => '/v1/stock/S', { body => { total => 1 } }, 'below-sold'],
    [7, POST => '/none/orders', json_order('v', 'S'), 'shard-down'],
);
my %answers = map { $_ => 0 } keys %{ $s->{answers} };
my %counters = map { $_ => 0 } counters();
my @wrong;
for (@series) {
    my ($times, $method, $path, $o, $answer, $replayed) = @$_;
    $answers{$answer} += $times;
    $counters{replayed} += $times if $replayed;
    my $made = !$replayed && ($answer eq 'created' || $answer eq 'done' && $method ne 'GET');
    $counters{$_} += $made ? $times : 0 for qw(recorded acked);
    for (1 .. $times) {
        $r = $n->request($method, $path, { 'Idempotency-Key' => $o->{key},
            'Content-Type' => $o->{type} }, $o->{body});
        my $got = $r->{status} < 300 ? $r->{status} == 201 ? 'created' : 'done'
            : ($r->{json}{type} // '') =~ /([^:]+)$/ ? $1 : $r->{status};
        push @wrong, "$method $path: $got, not $answer" if $got ne $answer;
    }
}
is("@wrong", '', 'a series of requests is answered as it should be');
$s = steady($n);
is_deeply($s->{answers}, \%answers, 'each answer is counted once');
is_deeply({ map { $_ => $s->{$_} } counters() }, \%counters, 'trade_status counts the records and acknowledgements');
ok(wait_for(sub { $s = $n->status; !grep { $s->{$_} } gauges(), 'pending' }),
    'no request is under way any more');

# Gauges: orders that wait for a shard

$_->signal('STOP') for $a, $b;
my @waiting = map { ask($n, '/v1/orders', "wait$_", 'S') } 1 .. 5;
ok(wait_for(sub { $n->status->{in_flight} == 5 }, 2), 'orders that wait for Redis are in flight');
is($n->status->{pending}, 0, 'orders that wait for Redis are not pending');
$_->signal('CONT') for $a, $b;
is(scalar(grep { readline($_) =~ / 201 / } @waiting), 5, 'orders that waited for Redis are placed in the end');
$answers{created} += 5;
$counters{$_} += 5 for qw(recorded acked);
is_deeply(steady($n)->{answers}, \%answers, 'orders that waited for Redis are counted when they are placed');

# ... and for Kafka

$n->request('PUT', '/slow/stock/W', undef, { total => 100 });
my @answers = load($n, 20, map { slow_order("w$_") } 1 .. 20);
is(scalar(grep { $_->{status} == 202 } @answers), 20, 'orders that wait for Kafka are accepted');
$s = $n->status;
is_deeply([map { $s->{$_} } gauges(), 'pending'], [21, 21, 21],
    'the accepted orders are in flight, pending and queued');
$s = steady($n);
is_deeply([map { $s->{$_} } gauges(), 'pending'], [0, 0, 21], 'orders that were given up are pending');
$answers{accepted} += 21;
$counters{$_} += 21 for qw(recorded not_acked);
$counters{$_} = $s->{$_} for qw(resent);
is_deeply({ map { $_ => $s->{$_} } counters() }, \%counters, 'orders that were given up are counted as such');

# A shard that goes and comes

$b->stop;
ok(wait_for(sub { state($n, 'b') eq 'down' }, 5), 'a shard that goes is down');
is(state($n, 'a'), 'up', 'the other shard stays up');
$b->start;
ok(wait_for(sub { state($n, 'b') eq 'up' }, 10), 'the shard is up again when it is back');

# A reload

my @old = $n->workers;
$n->signal('HUP');
ok(wait_for(sub { !grep { kill 0, $_ } @old }, 10), 'the status has the new workers after a reload');
$s = steady($n);
is($s->{workers}, 2, 'two new workers are counted');
is_deeply($s->{answers}, \%answers, 'the answers are counted on');
is_deeply({ map { $_ => $s->{$_} } counters() }, \%counters, 'the records and acknowledgements are counted on');

# A worker that dies with orders in its hands

load($n, 20, map { slow_order("x$_") } 1 .. 20);
my ($victim, $other) = $n->workers;
kill 'KILL', $victim;
ok(wait_for(sub { my %w = map { $_ => 1 } $n->workers; keys %w == 2 && !$w{$victim} }, 10),
    'a killed worker is replaced');
$s = $n->status;
is($s->{workers}, 2, 'a killed worker is not among the workers');
ok($s->{in_flight} > 0 && $s->{in_flight} < 20, 'orders in flight are those of living workers');
$s = steady($n);
is_deeply([map { $s->{$_} } gauges(), 'pending'], [0, 0, 41], 'the order of a killed worker is pending');
$answers{accepted} += 20;
is_deeply($s->{answers}, \%answers, 'the answers of a killed worker still count');
my @more = load($n, 40, map { order([S => 1], "more$_") } 1 .. 40);
is(scalar(grep { $_->{status} == 201 } @more), 40, 'the new worker takes orders too');
is(steady($n)->{answers}{created}, $answers{created} + 40, "the new worker's answers are counted");

# A worker that dies when it is to go anyway: nobody takes its place

load($n, 20, map { slow_order("y$_") } 1 .. 20);
@old = $n->workers;
$n->signal('HUP');
ok(wait_for(sub { $n->status->{workers} == 4 }, 5), 'old workers stay for their orders');
kill 'KILL', @old;
ok(wait_for(sub { $n->status->{workers} == 2 }, 5), 'old workers are killed');
ok(wait_for(sub { $s = $n->status; !grep { $s->{$_} } gauges() }, 3),
    'the orders of killed workers are in no gauge except pending') or diag(join ' ', map { "$_=$s->{$_}" } gauges());
ok(wait_for(sub { $n->status->{pending} == 61 }, 3), 'the orders of killed workers are pending');

$n->stop('QUIT', 20);
my $log = $n->error_log;
is($log =~ s/^.*\[alert\].*exited on signal 9$//mg, 3, 'nginx has noticed three deaths');
spew("$n->{dir}/error.log", $log);

$t->done;

sub gauges { return qw(in_flight kafka_queued) }

sub counters {
    return qw(replayed recorded acked not_acked swept unpublishable resent ack_lost client_gone regressed);
}

sub state {
    my ($nginx, $name) = @_;
    my ($shard) = grep { $_->{name} eq $name } @{ $nginx->status->{shards} };
    return $shard->{state};
}

# The status, once nothing is under way.
sub steady {
    my ($nginx) = @_;
    my $status;
    wait_for(sub { $status = $nginx->status; !grep { $status->{$_} } gauges() }, 10);
    return $status;
}

sub slow_order {
    my ($buyer) = @_;
    return { %{ order([W => 1], $buyer) }, path => '/slow/orders' };
}

# Places an order, and returns the connection where the answer will come.
sub ask {
    my ($nginx, $path, $buyer, $sku) = @_;
    my $body = qq({"buyer_id":"$buyer","items":[{"sku":"$sku","quantity":1}]});
    my $connection = $nginx->connect;
    print $connection "POST $path HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    return $connection;
}
