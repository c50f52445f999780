# librdkafka takes an event for acknowledged when the broker acknowledges a later
# one of the same partition, for it expects the broker to refuse a gap.  But a
# broker that does not know the producer accepts one.  Such an event is not in
# the topic: it stays due, and is published again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(sleep);
use Trade;
use Trade::Kafka;
use Trade::KafkaMock;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

# a request and an error of the Kafka protocol
my ($PRODUCE, $NOT_LEADER) = (0, 6);

my $mock = Trade::KafkaMock->new;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = Trade::Kafka->at($mock->address);
my $topic = $t->topic;
$mock->do('topic', $topic);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $mock->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 11s;
    trade_timeout 40s;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        key buyer_id;       # who buys says which partition it is
        property message.timeout.ms 8000;
        property retry.backoff.ms 4000;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

is($n->put_stock('G-1', total => 1000)->{status}, 200, 'stock is set');
my @probes = load($n, 32, map { order(['G-1' => 1], "b-$_") } 1 .. 40);
is(scalar(grep { $_->{status} == 201 } @probes), 40, 'orders are placed');
my @buyers = map { $_->{key} } grep { $_->{partition} == 0 } $kafka->orders($topic);
cmp_ok(scalar @buyers, '>=', 2, 'some of the orders lie in partition 0');

sub due { return $a->cmd('ZCARD', sprintf 'trade:{s%d}:due', crc32('G-1') % 4096) }
sub copies { my ($id) = @_; return scalar grep { $_->{headers}{ce_subject} eq $id } $kafka->orders($topic) }

# The broker refuses the first order, and takes the second, before it says so.
# On a slow machine both may be in one request: then nothing is to be seen.
$mock->do('gap', $PRODUCE, $NOT_LEADER, 1500);
my $first = $n->send_order('/v1/orders', 'G-1', $buyers[0]);
ok(wait_for(sub { due() == 1 }), 'an order is recorded');
sleep 0.5;
my $second = $n->send_order('/v1/orders', 'G-1', $buyers[1]);
my @answers = map { local $/; scalar readline $_ } $first, $second;
my ($id, $later) = map { m{^Location: /v1/orders/(\S+)\r$}m } @answers;
my ($status) = $answers[0] =~ m{^HTTP\S+ (\d+)};
ok($status == 202 || copies($id), 'an order that is answered 201 is in the topic') or diag $answers[0];
like($answers[1], qr/^HTTP\S+ 201 /, 'the order behind it is placed');
is(copies($later), 1, 'the order behind it is in the topic');
ok(wait_for(sub { due() == 0 }, 20), 'no event stays due');
cmp_ok(copies($id), '>=', 1, 'the first order is in the topic in the end');

$t->done;
