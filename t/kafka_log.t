# The error log tells of an outage of Kafka: its beginning, with the cause, the
# number of waiting events while it lasts, and its end.  It has no other line,
# and none twice, though all workers and librdkafka see the outage.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka(own => 1);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 4;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 10s;
    trade_lease 15s;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { outage 4s; brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 6000; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $SKU = 'L-1';
my $buyers = 0;

# Orders of many connections, so that all workers have some.
sub orders { return load($n, 16, map { order([$SKU => 1], 'u-' . ++$buyers) } 1 .. 64) }

sub all { my ($status) = @_; return 64 == grep { $_->{status} == $status } orders() }

# The lines about Kafka since the last call: [level, text], without those that tell
# how long the outage lasts; and these, by the second they were written in.
my $seen = 0;
sub lines {
    my @all = grep { /\] (\d+)#\1: (?:\*\d+ )?kafka / } split /\n/, $n->error_log;
    my @new = @all[$seen .. $#all];
    $seen = @all;
    my (@lines, @lasts);
    for (@new) {
        my ($second, $level, $text) = /^(\S+ \S+) \[(\w+)\] \S+ (.*)/ or next;
        if ($text =~ /the outage lasts/) { push @lasts, [$second, $text] }
        else { push @lines, "[$level] $text" }
    }
    return (\@lines, \@lasts);
}

ok(wait_for(sub { $n->put_stock($SKU, total => 1000000)->{status} == 200 }, 60, 0.2), 'stock is set');
ok(wait_for(sub { all(201) }, 60, 0.2), 'all workers place orders');
lines();

for (
    ['a broker that is dead', sub { $kafka->stop('KILL') }, sub { $kafka->start },
        qr/Connection refused|[Dd]isconnected|brokers are down/],
    ['a broker that says nothing', sub { $kafka->signal('STOP') }, sub { $kafka->signal('CONT') },
        qr/no event was acknowledged for 4000 ms|timed out|brokers are down/],
) {
    my ($name, $down, $up, $cause) = @$_;
    $down->();
    my $lasts = qr/\[warn\] .*kafka "orders": the outage lasts for \d+ s, \d+ events wait, safe in Redis/;
    my $before = () = $n->error_log =~ /$lasts/g;
    ok(wait_for(sub { orders(); $before + 3 <= (() = $n->error_log =~ /$lasts/g) }, 90, 0.2),
        "$name: the log tells again and again how many events wait");
    $up->();
    ok(wait_for(sub { all(201) }, 90, 0.2), "$name: orders are placed again");
    ok(wait_for(sub { $n->status->{pending} == 0 }, 90, 0.2), "$name: all is published");

    my ($lines, $said) = lines();
    my @begin = grep { /\[error\] kafka "orders": an outage begins, / } @$lines;
    is(scalar(@begin), 1, "$name: one line tells of the beginning");
    like($begin[0] // '', $cause, "$name: the line names the cause");
    is(scalar(grep { /\[notice\] kafka "orders": the outage is over after \d+ ms, / } @$lines), 1,
        "$name: one line tells of the end");

    my (%texts, %seconds);
    $texts{$_}++ for @$lines;
    is_deeply([grep { $texts{$_} > 1 } sort keys %texts], [], "$name: no line stands there twice")
        or diag join "\n", @$lines;
    cmp_ok(scalar(@$lines), '<=', 6, "$name: there are few lines") or diag join "\n", @$lines;
    $seconds{ $_->[0] }++ for @$said;
    is(scalar(grep { $_ > 1 } values %seconds), 0, "$name: how long it lasts is said once a second at most");
    note join "\n", @$lines, map { "$_->[0] $_->[1]" } @$said;
}

$t->done;
