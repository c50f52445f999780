# A master that becomes a replica keeps its clients' connections open.  The gateway
# leaves it at once, whatever it is told first, looks the name up again, and sells as
# soon as the name leads to the new master.  Meanwhile nothing is answered from the
# replica's data, and the shard is never shown as up.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Dns;
use Trade::Process qw(free_port wait_for);

my $t = Trade->new;
my $dns = Trade::Dns->new;
my $port = free_port();

# Two servers at one port, each with an address of its own.
my ($master, $replica) = qw(127.0.0.2 127.0.0.3);
my %redis = map { $_ => $t->redis($_, port => $port, host => $_,
    args => ['--bind', $_, qw(--repl-diskless-sync-delay 0)]) } $master, $replica;
follow($replica, $master);

my $n = $t->nginx(<<'EOF', A => $port, DNS => $dns->port, KAFKA => $t->kafka->address);
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    resolver 127.0.0.1:%%DNS%%;

    trade_zone main:16m;
    trade_redis stock {
        server shard-a.test:%%A%% name=a;
        connections 2;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /locked { trade_lock stock $arg_k wait=1s; return 200; }
        location /trade { trade_status; }
    }
}
EOF
$dns->says($master);
$n->start;
ok(wait_for(sub { clients($master) == 6 }, 20), 'all connections lead to the master');

is($n->put_stock('A-1', total => 1000)->{status}, 200, 'stock is set');
my $buyers = 0;
my $id = order()->{json}{order_id};
is($n->get("/v1/orders/$id")->{status}, 200, 'the order is shown');

# Each kind of request is the first one that meets a replica, in a round of its own; in
# the last one nobody asks for anything.

my %first = (
    order => sub { order() },
    repeat => sub { $n->order(['A-1' => 1], 'u-0', 'k') },
    lookup => sub { $n->get("/v1/orders/$id") },
    stock => sub { $n->get('/v1/stock/A-1') },
    set => sub { $n->put_stock('A-1', total => 2000) },
    cancel => sub { $n->request('POST', "/v1/orders/$id/cancel") },
);
is($first{repeat}->()->{status}, 201, 'an order with a key is placed');

for my $kind (sort(keys %first), 'nothing') {
    caught_up();
    my $from = length $n->error_log;
    my @had = clients($master);
    promote($replica);
    follow($master, $replica);

    if (my $first = $first{$kind}) {
        my $r = $first->();
        is("$r->{status} $r->{json}{outcome}", '503 none', "$kind: an order at a replica is refused");
        isnt(state(), 'up', "$kind: the shard is not shown as up");
    }
    ok(wait_for(sub { state() eq 'replica' }, 20), "$kind: the shard is shown as a replica");
    ok(wait_for(sub { !kept($master, @had) }, 20), "$kind: no connection to it is kept");

    my (%states, %reads);
    for (1 .. 20) {
        $states{ state() }++;
        $reads{ $n->get($_)->{status} }++ for '/v1/stock/A-1', "/v1/orders/$id";
        sleep 0.02;
    }
    is(join(' ', sort keys %states), 'replica', "$kind: the shard is shown as a replica all the time");
    is(join(' ', keys %reads), '503', "$kind: nothing is read from the replica");
    like(substr($n->error_log, $from), qr/shard "a" \(\S+\) at $master:$port is a replica now/,
        "$kind: the log says that the shard is a replica");

    my $asked = $dns->asked;
    $dns->says($replica);
    wait_for(sub { $dns->asked > $asked }, 20) or die "nobody asks for the name\n";
    my $begin = time;
    my $r;
    wait_for(sub { ($r = order())->{status} == 201 }, 20);
    diag(sprintf '%s: the first 201 came %.0f ms after the DNS answer', $kind,
        (time - $begin) * 1000);
    is($r->{status}, 201, "$kind: the shard sells when the name leads to the new master");
    ok(wait_for(sub { clients($replica) >= 6 && state() eq 'up' }, 20),
        "$kind: all connections lead to the new master, and the shard is up");
    ($master, $replica) = ($replica, $master);
}

# The name has both addresses: the next one is tried at once.

$dns->says("$master $replica");
for my $round (1 .. 4) {
    caught_up();
    my @had = clients($master);
    promote($replica);
    follow($master, $replica);
    ok(wait_for(sub { order()->{status} == 201 }, 20), "both addresses, $round: the shard sells");
    ok(wait_for(sub { !kept($master, @had) && clients($replica) >= 6 }, 20),
        "both addresses, $round: all connections lead to the master");
    ($master, $replica) = ($replica, $master);
}

# The name leads to a replica when nginx starts.

$n->stop('QUIT', 20);
$dns->says($replica);
$n->start(up => 0);
ok(wait_for(sub { state() eq 'replica' }, 20), 'a replica is not taken for a master at the start');
is($n->get('/v1/stock/A-1')->{status}, 503, 'nothing is read from the replica');
$dns->says($master);
ok(wait_for(sub { $n->get('/v1/stock/A-1')->{status} == 200 }, 20), 'the master is found');

$t->done;

sub order { return $n->order(['A-1' => 1], 'u-' . ++$buyers) }

sub state { return $n->status->{shards}[0]{state} }

sub promote { my ($address) = @_; $redis{$address}->cmd(qw(REPLICAOF NO ONE)) }

sub follow {
    my ($who, $whom) = @_;
    $redis{$who}->cmd('REPLICAOF', $whom, $port);
}

# Before the roles are changed the replica has all.
sub caught_up {
    wait_for(sub { !$n->status->{in_flight}
        && offset($master, 'master_repl_offset') == offset($replica, 'slave_repl_offset') }, 20)
        or die "the replica does not follow\n";
}

sub offset {
    my ($address, $name) = @_;
    return $redis{$address}->cmd('INFO', 'replication') =~ /^$name:(\d+)/m ? $1 : -1;
}

# The gateway's connections to a server: two and one that listens of each worker.
sub clients {
    my ($address) = @_;
    return map { / cmd=(?:eval|evalsha|info|ping|subscribe|zrem)\b/ ? /^id=(\d+)/ : () }
        split /\n/, $redis{$address}->cmd('CLIENT', 'LIST');
}

# Returns the connections that still exist.
sub kept {
    my ($address, @ids) = @_;
    my %is = map { $_ => 1 } clients($address);
    return grep { $is{$_} } @ids;
}
