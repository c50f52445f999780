# A partition whose broker is down, or lacks replicas, costs buyers no time, as an
# outage of all of Kafka costs them none: its orders are answered as soon as Redis
# has them, while orders of other partitions are published.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Kafka;
use Trade::KafkaMock;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

# So long an order waits for Kafka where nothing is known of an outage.
my $TIMEOUT = 60;
$Trade::Load::TIMEOUT = 2 * $TIMEOUT;

# Broker 1 has partition 0.
my $mock = Trade::KafkaMock->new;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = Trade::Kafka->at($mock->address);
my $topic = $t->topic;
$mock->do('topic', $topic);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $mock->address, TIMEOUT => $TIMEOUT)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout %%TIMEOUT%%s;
    trade_lease 11s;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 3s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        key buyer_id;       # who buys says which partition it is
        property message.timeout.ms 8000;
        property reconnect.backoff.max.ms 100;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $SKU = 'P-1';
my $due = sprintf 'trade:{s%d}:due', crc32($SKU) % 4096;
sub due { return $a->cmd('ZCARD', $due) }
sub lines { my ($match) = @_; return scalar(() = $n->error_log =~ /$match/g) }

is($n->put_stock($SKU, total => 1000000)->{status}, 200, 'stock is set');
my @probes = load($n, 32, map { order([$SKU => 1], "b-$_") } 1 .. 1500);
is(scalar(grep { $_->{status} == 201 } @probes), 1500, 'orders are placed');

# Buyers of each partition, and their orders.
my (@buyers, @early);
for my $r ($kafka->orders($topic)) {
    push @{ $buyers[ $r->{partition} ] }, $r->{key};
    push @{ $early[ $r->{partition} ] }, $r->{headers}{ce_subject};
}
cmp_ok(scalar @$_, '>', 600, 'orders lie in either partition') for @buyers;

# Orders of a partition, by the buyers who have bought longest ago.
sub orders {
    my ($partition, $count) = @_;
    my @who = splice @{ $buyers[$partition] }, 0, $count;
    push @{ $buyers[$partition] }, @who;
    return map { order([$SKU => 1], $_) } @who;
}

sub statuses { my %s; $s{ $_->{status} }++ for @_; return join ' ', map { "$_: $s{$_}" } sort keys %s }

my $out = qr/\[error\] .*kafka "orders": a part of topic "\Q$topic\E" takes no events: none of partition 0 was acknowledged /;

$mock->do('down', 1);
my $begun = time;
my @waiting = orders(0, 10);
my $pid = fork // die "fork: $!\n";
POSIX::_exit(statuses(load($n, 10, @waiting)) ne '202: 10') if !$pid;

# The other partition takes orders all the time, so Kafka is not out.
ok(wait_for(sub { load($n, 1, orders(1, 1)); lines($out) }, 10, 0.02),
    'the log names the partition');
waitpid $pid, 0;
is($?, 0, 'orders of the partition that wait already are accepted');
cmp_ok(time - $begun, '<', $TIMEOUT / 2, 'they are answered long before trade_timeout');

$begun = time;
my @r = load($n, 1, orders(0, 6));
is(statuses(@r), '202: 6', 'orders of the partition are accepted');
my @lost = grep { !defined $a->cmd('ZSCORE', $due, "$_.1") } map { $_->{json}{order_id} } @r;
is("@lost", '', 'they are in Redis, and due');
my $paid = $n->request('POST', "/v1/orders/$early[0][0]/pay");
is("$paid->{status} $paid->{json}{published}", '202 0', 'a payment of an order in the partition is accepted');
cmp_ok(time - $begun, '<', $TIMEOUT / 2, 'all of that is answered long before trade_timeout');
ok(wait_for(sub { statuses(load($n, 4, orders(1, 8))) eq '201: 8' }, 30, 0.5),
    'orders of the other partition are placed');

# Events that a dead worker has left due: first those of the partition, more than
# the sweeper has under way at a time.

my @left = map { "$_.1" } @{ $early[1] }[1 .. 20];
$a->cmd('ZADD', $due, map({ (0, "$_.1") } @{ $early[0] }[1 .. 600]), map { (1, $_) } @left);
ok(wait_for(sub { !grep { defined $a->cmd('ZSCORE', $due, $_) } @left }, 10, 0.2),
    'the sweeper publishes the events of the other partition meanwhile');
cmp_ok(due(), '>=', 600, 'the events of the partition stay due');

$mock->do('up', 1);
ok(wait_for(sub { statuses(load($n, 1, orders(0, 1))) eq '201: 1' }, 60, 0.5),
    'orders of the partition are placed again when its broker is back');
ok(wait_for(sub { due() == 0 }, 60, 0.2), 'all that was due is published') or diag due();
ok(wait_for(sub { lines(qr/\[notice\] .*kafka "orders": all partitions of topic "\Q$topic\E" take events again/) }, 20),
    'the log says that all partitions take events again');

my %in = map { $_->{headers}{ce_id} => 1 } $kafka->records($topic);
is(scalar(grep { !$in{"$_->{json}{order_id}.1"} } @r), 0, 'the topic has the accepted orders');
ok($in{"$early[0][0].2"}, 'the topic has the payment');

$t->done;
