# A topic that takes small batches only, and an event that is larger than it takes:
# all other orders are published, whether the gateway may read the topic's settings
# or not, and when the limit changes; the log names the event that is too large.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

$Trade::Load::TIMEOUT = 300;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka(own => 1, users => { shop => 'shop-secret' });

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 2s;
    trade_lease 5s;

    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 1s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 2500;
        property linger.ms 20;      # makes batches large
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

my ($topic, $n, $buyers) = ('', undef, 0);
sub due { $a->cmd('ZCARD', sprintf 'trade:{s%d}:due', crc32($topic) % 4096) }

# Many orders, all of which are accepted and then in the topic; but $large are not.
sub published {
    my ($name, $count, $large) = @_;
    my @r = load($n, 64, map { order([$topic => 1], 'u-' . ++$buyers, undef,
        metadata => { note => 'n' x ($_ % 300) }) } 1 .. $count);
    is(scalar(grep { $_->{status} =~ /^20[12]$/ } @r), $count, "$name: $count orders are accepted");
    ok(wait_for(sub { due() == $large }, 240, 0.5), "$name: all are published, but what is too large")
        or diag due() . " are due, not $large";
    my %in = map { $_->{key} => 1 } $kafka->orders($topic);
    is(scalar(grep { !$in{ $_->{json}{order_id} } } @r), 0, "$name: all are in the topic");
}

# An order whose event is larger than the topic takes.
sub too_large {
    my ($name) = @_;
    my $r = $n->order([$topic => 1], 'u-' . ++$buyers, undef, metadata => { note => 'n' x 6000 });
    is($r->{status}, 202, "$name: an order that is too large is accepted, and not published");
    return $r->{json}{order_id};
}

sub lines { my ($match) = @_; return scalar(() = $n->error_log =~ /$match/g) }

sub named {
    my ($name, $id) = @_;
    my $line = qr/\[error\] .*kafka "orders": event \Q$id\E\.1 of \d+ bytes is larger than topic "\Q$topic\E" takes/;
    ok(wait_for(sub { lines($line) }, 60), "$name: the log names the event that is too large");
    return $line;
}

for (
    ['whose settings may be read', { KAFKA => $kafka->address, PROPERTIES => '' }],
    ['whose settings are secret', { KAFKA => $kafka->users_address,
        PROPERTIES => 'property security.protocol sasl_plaintext; property sasl.mechanism PLAIN; '
            . 'property sasl.username shop; property sasl.password shop-secret;' }],
) {
    my ($name, $vars) = @$_;
    $topic = $t->topic . '-' . ($name =~ /(\w+)$/)[0];
    $kafka->topic('create', $topic, 3, 'max.message.bytes=4096');
    $kafka->topic('allow', 'shop', $topic, 'WRITE');
    $n = $t->nginx($conf, A => $a->address, TOPIC => $topic, %$vars)->start(topics => 0);
    ok(wait_for(sub { $n->put_stock($topic, total => 100000)->{status} == 200 }, 60, 0.2), "$name: stock is set");

    my $id = too_large($name);
    published($name, 3000, 1);
    my $line = named($name, $id);

    $kafka->topic('set', $topic, 'max.message.bytes=2048');
    published("$name, and a smaller limit", 600, 1);

    $kafka->topic('set', $topic, 'max.message.bytes=100000');
    ok(wait_for(sub { due() == 0 }, 120, 0.5),
        "$name: the events that were too large are published when the limit is raised");
    is(lines($line), 1, "$name: the log has named it once");
    $n->stop('QUIT');
}

$t->done;
