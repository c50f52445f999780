# An outage of Kafka costs buyers no time: once no record has been acknowledged for
# a second, orders are answered as soon as Redis has them, and those that wait
# already are, too.  The first acknowledgement ends that.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

# So long an order waits for Kafka where nothing is known of an outage.
my $TIMEOUT = 60;
$Trade::Load::TIMEOUT = 2 * $TIMEOUT;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka(own => 1);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $kafka->address, TIMEOUT => $TIMEOUT)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout %%TIMEOUT%%s;
    trade_lease 130s;
    trade_pending max=1000;

    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 1s;
        queue_delay 500ms;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 120000;     # librdkafka gives none up meanwhile
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay cancel;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $SKU = 'O-1';
my $due = sprintf 'trade:{s%d}:due', crc32($SKU) % 4096;
my $buyers = 0;

sub orders { my ($count) = @_; return map { order([$SKU => 1], 'u-' . ++$buyers) } 1 .. $count }

# Whether what is done takes much less than an order's time is.
sub soon {
    my ($name, $code) = @_;
    my $begun = time;
    $code->();
    cmp_ok(time - $begun, '<', $TIMEOUT / 2, "$name: orders are answered long before trade_timeout");
}

sub accepted {
    my ($name, @r) = @_;
    is(scalar(grep { $_->{status} == 202 } @r), @r, "$name: all are accepted with 202")
        or diag join ' ', map { $_->{status} } @r;
    my @lost = grep { !defined $a->cmd('ZSCORE', $due, "$_.1") } map { $_->{json}{order_id} } @r;
    is(scalar(@lost), 0, "$name: all are in Redis and due");
}

sub placing {
    my ($name) = @_;
    ok(wait_for(sub { 8 == grep { $_->{status} == 201 } load($n, 4, orders(8)) }, 60, 0.2),
        "$name: orders are placed again");
}

is($n->put_stock($SKU, total => 100000)->{status}, 200, 'stock is set');
my ($early) = map { $_->{json}{order_id} } load($n, 1, orders(1));
placing('before');

# A broker that says nothing, and one that is gone.  Orders that wait when the outage
# begins are answered by it.

for (['silent', sub { $kafka->signal('STOP') }, sub { $kafka->signal('CONT') }],
    ['dead', sub { $kafka->stop('KILL') }, sub { $kafka->start }])
{
    my ($name, $down, $up) = @$_;
    $down->();
    soon("$name, orders that wait already", sub { accepted("$name, at first", load($n, 32, orders(32))) });
    soon("$name, one after the other", sub { accepted("$name, in turn", load($n, 1, orders(30))) });
    soon("$name, a payment", sub {
        my $r = $n->request('POST', "/v1/orders/$early/" . ($name eq 'silent' ? 'pay' : 'cancel'));
        is("$r->{status} $r->{json}{published}", '202 0', "$name: a transition is accepted");
    });
    $up->();

    # Orders that have waited in this outage do not make Kafka look slow in the
    # next one, before that is known.

    ok(wait_for(sub { !$n->status->{kafka_queued} }, 60, 0.01), "$name: what has waited is acknowledged");
    $down->();
    my @waiting = map { $n->send_order('/v1/orders', $SKU, "$name-$_") } 1 .. 64;
    wait_for(sub { my $s = $n->status; $s->{kafka_queued} >= 64 || $s->{pending} >= 64 && !$s->{in_flight} }, 10, 0.005);
    accepted("$name, again", load($n, 1, orders(1)));
    my @statuses = map { local $/; (readline $_) =~ m{^HTTP\S+ (\d+)} } @waiting;
    is_deeply([grep { $_ != 202 } @statuses], [], "$name, again: those before it are accepted, too");
    $up->();
    placing($name);
}

# The backlog is bounded all the same.

$kafka->signal('STOP');
soon('a full backlog', sub {
    my @r = load($n, 16, orders(1400));
    my @refused = grep { $_->{status} == 503 } @r;
    cmp_ok(scalar(@refused), '>', 100, 'orders above the bound of the backlog are refused');
    is(scalar(grep { $_->{json}{type} !~ /backlog-full$/ } @refused), 0, 'the refusal names the full backlog');
    accepted('below the bound', grep { $_->{status} != 503 } @r);
});
$kafka->signal('CONT');

$t->done;
