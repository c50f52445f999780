# A shard may be given by name: it is looked up at each connect, and nobody is
# held up by that; it follows its name to another address, and while the name
# server is silent or knows it not, the other shards sell on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Dns;
use Trade::Process qw(free_port wait_for);

my $name_server = Trade::Dns->new;
my $soon = 15;      # s: long before trade_timeout or a lookup is over

my $t = Trade->new;
my $port = free_port();
my $a = shard_a($t, $port, '127.0.0.2');
my $b = $t->redis('b');

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    resolver 127.0.0.1:%%DNS%%;

    trade_zone main:16m;
    trade_timeout 25s;
    trade_redis stock {
        server shard-a.test:%%A%% name=a;
        server %%B%% name=b;
        connections 2;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

# The name server is silent when nginx starts

my $n = $t->nginx($conf, A => $port, B => $b->address, DNS => $name_server->port,
    KAFKA => $t->kafka->address);
my $mark = 0;       # what of the error log is of before
says('silent');
ok(($n->check)[0], 'nginx -t is content');
is(asked(), 0, 'nginx -t does not ask the resolver');
$n->start(up => 2);
ok(wait_for(sub { asked() >= 2 }, 5), 'each worker asks');

my %sku;            # one of each shard
for my $sku (map { "S-$_" } 1 .. 8) {
    my $status = $n->put_stock($sku, total => 100000)->{status};
    $sku{ $status == 200 ? 'b' : 'a' } //= $sku;
}
isnt(state_a(), 'up', 'the shard is not up');
closed();
sells('b');

# At a reload the old workers go, though they wait for an answer; the new ones
# wait for a second only

is_deeply([$n->error_log =~ /(can't be resolved.*)/g], [], 'a lookup may take its 30 s');
my @old = $n->workers;
$n->configure($conf =~ s/(?=trade_zone)/resolver_timeout 1s; /r);
$n->signal('HUP');
ok(wait_for(sub { !grep { kill 0, $_ } @old }, 5), 'a worker that waits for an answer can end');
ok(logged(qr/can't be resolved: Operation timed out/, 2), 'the log says once a worker that no answer comes');
closed();
sells('b');

# It answers

says('127.0.0.2');
comes_up('the name server answers');
is($n->put_stock($sku{a}, total => 100000)->{status}, 200, 'stock is set');
my $id = sells('a');

# The name server is silent again: connected workers do not mind

says('silent');
my $before = asked();
sells($_) for qw(a b);
is(asked(), $before, 'no worker asks while there are connections');

# The shard moves to another address, its name follows

$a->stop;
ok(wait_for(sub { state_a() eq 'down' }, 5), 'the shard stops');
$a = shard_a($t, $port, '127.0.0.3');
ok(logged(qr/can't be resolved: Operation timed out/, 1), "the shard's name is looked up again");
closed();
sells('b');
says('127.0.0.2');
ok(logged(qr/can't be connected to, at 127\.0\.0\.2:\d+; .* \(111: /, 1),
    'no connection leads to the old address any more');
is(state_a(), 'down', 'the shard stays down while its name has the old address');
says('127.0.0.3');
comes_up('the shard is found at its new address');
is($n->get("/v1/orders/$id")->{status}, 200, 'the shard is the same as before');
sells('a');

# Other answers of a name server

for (
    ['rcode 3', 'Host not found'],
    ['', 'Host not found'],
    ['rcode 2', 'Server failure'],
) {
    goes_down(@$_);
    closed();
    sells('b');
    says('127.0.0.3');
    comes_up('after that');
}

# Several addresses, one of which is right, or an alias

for ('127.0.0.4 127.0.0.3', 'alias 127.0.0.3') {
    goes_down('rcode 3', 'Host not found');
    says($_);
    comes_up("'$_'");
    sells('a');
}
my $queries = asked();
cmp_ok($queries, '<', 300, "the resolver was not asked all the time: $queries times");

$t->done;

# Shard a at an address.
sub shard_a {
    my ($test, $at, $address) = @_;
    return $test->redis('a', port => $at, args => ['--bind', '127.0.0.1', $address]);
}

sub state_a {
    my ($shard) = grep { $_->{name} eq 'a' } @{ $n->status->{shards} };
    return $shard->{state};
}

# Where the gateway's connections to shard a end.
sub addresses {
    return sort $a->cmd('CLIENT', 'LIST') =~ / laddr=((?!127\.0\.0\.1:)[\d.]+)/g;
}

# Whether a line is there so many times since the name server says what it says.
sub logged {
    my ($match, $count) = @_;
    return wait_for(sub {
        my $times = () = substr($n->error_log, $mark) =~ /$match/g;
        return $times >= $count;
    }, 10);
}

# Each worker gets its two connections, and the one that listens, to where shard a
# is now.
sub comes_up {
    my ($why) = @_;
    my ($right) = @{ $a->{args} }[-1];
    ok(wait_for(sub { "@{[addresses()]}" eq "@{[($right) x 6]}" && state_a() eq 'up' }, 20, 0.1),
        "$why: all connections are up") or die join ' ', state_a(), addresses(), "\n";
}

# Cuts the connections until both workers have looked the name up anew.
sub goes_down {
    my ($says, $log) = @_;
    my $line = qr/redis "stock": shard "a" \(shard-a\.test:$port\) can't be resolved/;
    says($says);
    ok(wait_for(sub {
        $a->cmd('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        my %workers = map { $_ => 1 } substr($n->error_log, $mark) =~ /(\d+)#.*$line: $log/g;
        return keys %workers == 2 && state_a() eq 'down';
    }, 10, 0.1), "'$says': $log");
}

sub sells {
    my ($shard) = @_;
    my ($slowest, $id, @bad) = (0);
    for (1 .. 20) {
        my $begin = time;
        my $r = $n->order([$sku{$shard} => 1], "u-$_");
        push @bad, $r->{status} if $r->{status} != 201;
        $slowest = time - $begin if time - $begin > $slowest;
        $id = $r->{json}{order_id};
    }
    is("@bad", '', "shard $shard sells");
    cmp_ok($slowest, '<', $soon, 'the shards sell without being held up');
    return $id;
}

sub closed {
    my $begin = time;
    my $r = $n->order([$sku{a} => 1], 'u-closed');
    is("$r->{status} $r->{json}{type} $r->{json}{outcome}",
        '503 urn:trade-gateway:problem:shard-down none', 'shard a is closed');
    cmp_ok(time - $begin, '<', $soon, 'the requests to shard a are refused at once');
}

# The name server's answer for any name from now on.
sub says {
    my ($what) = @_;
    $name_server->says($what);
    $mark = length $n->error_log;
}

# How often it has been asked for an address.
sub asked { return $name_server->asked }
