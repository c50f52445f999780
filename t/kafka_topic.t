# The gateway logs that its topic is missing or forbidden, when it starts and
# when that changes, once for all workers.  Orders are accepted
# meanwhile, and published as soon as the topic takes them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka(own => 1, users => { shop => 'shop-secret' });
my $topic = $t->topic;

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 300ms;
    trade_lease 5s;

    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 1s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 2000;
        %%PROPERTIES%%
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my %as_shop = (A => $a->address, KAFKA => $kafka->users_address,
    PROPERTIES => 'property security.protocol sasl_plaintext; property sasl.mechanism PLAIN; '
        . 'property sasl.username shop; property sasl.password shop-secret;');
my %as_anybody = (A => $a->address, KAFKA => $kafka->address, PROPERTIES => '');

my $buyer = 0;

# An order of a SKU of its own, with the status that it should have.
sub order {
    my ($n, $status, $name) = @_;
    my $r = $n->order([$topic => 1], 'u-' . ++$buyer);
    is($r->{status}, $status, $name);
    return $r->{json}{order_id};
}

sub due { $a->cmd('ZCARD', sprintf 'trade:{s%d}:due', crc32($topic) % 4096) }

# Orders on all workers, so that each has the topic refuse something.
sub refused {
    my ($n, $name) = @_;
    order($n, 202, "$name: an order is accepted") for 1 .. 8;
}

sub lines { my ($n, $match) = @_; return scalar(() = $n->error_log =~ /$match/g) }

my $missing = qr/\[error\] .*kafka "orders": topic "\Q$topic\E" takes no events: Broker: Unknown topic or partition: create it/;
my $forbidden = qr/\[error\] .*kafka "orders": topic "\Q$topic\E" takes no events: Broker: Topic authorization failed: allow .* WRITE/;
my $well = qr/\[notice\] .*kafka "orders": topic "\Q$topic\E" takes events again/;

# Until all is published, and orders are placed by both workers.
sub well {
    my ($n, $name) = @_;
    ok(wait_for(sub { due() == 0 }, 60, 0.2), "$name: all due events are published") or diag due();
    ok(wait_for(sub {
        4 == grep { $n->order([$topic => 1], 'u-' . ++$buyer)->{status} == 201 } 1 .. 4;
    }, 60, 0.2), "$name: orders are placed again");
}

# a topic that is missing

my $n = $t->nginx($conf, %as_anybody)->start(topics => 0);
ok(wait_for(sub { lines($n, $missing) }, 30), 'a missing topic is named in the log without any order');
is($n->put_stock($topic, total => 10000)->{status}, 202, 'stock can be set');
refused($n, 'missing');
$kafka->topic('create', $topic, 3);
well($n, 'created');
is(lines($n, $missing), 1, 'one line says that the topic was missing');
is(lines($n, $well), 1, 'one line says that the topic takes events again');

# it is deleted while nginx runs

$kafka->topic('delete', $topic);
refused($n, 'deleted');
ok(wait_for(sub { lines($n, $missing) == 2 }, 30), 'a deleted topic is named in the log');
$kafka->topic('create', $topic, 3);
well($n, 'the topic is created again');
is(lines($n, $missing), 2, 'one line says that the topic was deleted');
is(lines($n, $well), 2, 'one line says that the topic exists again');
$n->stop('QUIT');

# a topic that this user must not see

$n = $t->nginx($conf, %as_shop)->start(topics => 0);
ok(wait_for(sub { lines($n, $forbidden) }, 30), 'a forbidden topic is named in the log without any order');
refused($n, 'forbidden');
$kafka->topic('allow', 'shop', $topic, 'WRITE');
well($n, 'allowed');
is(lines($n, $forbidden), 1, 'one line says that the topic was forbidden');
is(lines($n, $well), 1, 'one line says that the topic is allowed now');

# a topic that may be seen, and not written

$kafka->topic('allow', 'shop', $topic, 'DESCRIBE');
$kafka->topic('deny', 'shop', $topic, 'WRITE');
refused($n, 'read-only');
ok(wait_for(sub { lines($n, $forbidden) == 2 }, 30),
    'a topic that may only be described is named in the log when it refuses an order');
$kafka->topic('forget', 'shop', $topic, 'WRITE');
well($n, 'the topic is allowed again');
is(lines($n, $forbidden), 2, 'one line says that the topic was forbidden again');
is(lines($n, $well), 2, 'one line says that the topic takes events again');

$t->done;
