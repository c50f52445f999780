# The gateway proves to Redis who it is, and does all its work with the
# permissions that docs/directives.md lists, and no others; without one of them,
# or with a wrong password, the shard stays closed and the log says why.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $PASSWORD = "s\x{c3}\x{a4}cret \"1\\";

my ($doc) = slurp("$Trade::root/docs/directives.md")
    =~ /^The ACL of the gateway's user:\n\n((?:    .+\n)+)/m;
my ($hints) = slurp("$Trade::root/docs/directives.md") =~ /^With `trade_hint`[^:]*:\n\n((?:    .+\n)+)/m;
my @acl = split ' ', "$doc $hints";
my @commands = map { /^\+(\w+)$/ } split ' ', $doc;   # all that can't be missed
cmp_ok(scalar @commands, '>', 10, 'the documentation has a list of permissions');

my $t = Trade->new;
my $dir = $t->dir;
my $a = $t->redis('a', args => [qw(--repl-diskless-sync-delay 0)]);
my $replica = $t->redis('replica', args => ['--replicaof', split /:/, $a->address]);
my ($u, $v) = map { $t->redis($_, args => ['--unixsocket', "$dir/$_.sock",
    '--unixsocketperm', 777, '--requirepass', 'open sesame']) } qw(u v);
my $kafka = $t->kafka;

spew("$dir/gateway", "$PASSWORD\r\nnot this line\n");
spew("$dir/default", 'open sesame');

my $n = $t->nginx(<<'EOF', A => $a->address, DIR => $dir, KAFKA => $kafka->address);
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        user gateway;
        password_file %%DIR%%/gateway;
        durability 1;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # the same shard, and no broker
    trade_redis due {
        server %%A%% name=a;
        user gateway;
        password_file %%DIR%%/gateway;
    }
    trade_kafka nowhere {
        brokers 127.0.0.1:1;
        topic %%TOPIC%%;
        outage 100ms;
        property message.timeout.ms 1000;
    }

    # two shards behind unix sockets, for the default user
    trade_redis sockets {
        server unix:%%DIR%%/u.sock;
        server unix:%%DIR%%/v.sock name=v;
        password_file %%DIR%%/default;
    }
    trade_kafka others { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # without a password
    trade_redis none { server unix:%%DIR%%/v.sock name=v; }
    trade_kafka unused { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /due/orders { trade_orders due nowhere; }
        location /sockets/orders { trade_orders sockets others; }
        location /sockets/stock { trade_stock sockets others; }
        location /none/orders { trade_orders none unused; }
        location /trade { trade_status; }
    }
}
EOF

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // ();
}
my $down = '503 shard-down none';

sub state_of {
    my ($redis, $name) = @_;
    my ($shard) = grep { $_->{redis} eq $redis && $_->{name} eq $name }
        @{ $n->status->{shards} };
    return $shard->{state};
}

# The reason of a shard's state, and the command that may not be used.
sub named {
    my ($redis) = @_;
    my ($shard) = grep { $_->{redis} eq $redis } @{ $n->status->{shards} };
    return join ' ', grep { defined } @$shard{qw(reason command)};
}

sub wait_state {
    my ($redis, $shard, $state, $name) = @_;
    ok(wait_for(sub { state_of($redis, $shard) eq $state }, 15), $name);
}

# The log says of a shard...
sub says {
    my ($redis, $shard, $what, $name) = @_;
    ok(wait_for(sub { $n->error_log =~ /redis "$redis": shard "$shard" \(\S+\) $what/ }, 5), $name);
}

sub allow { $a->cmd(qw(ACL SETUSER gateway), @_) }

sub place {
    my ($where, $sku, $buyer, $quantity) = @_;
    return $n->request('POST', "$where/orders", { 'Idempotency-Key' => "k-$buyer" },
        { buyer_id => $buyer, items => [{ sku => $sku, quantity => $quantity // 1 }] });
}

sub slot { return crc32($_[0]) % 4096 }

# All that the shard holds, and which of it is not as it was.
sub data { return map { $_ => $a->cmd('DUMP', $_) } @{ $a->cmd('KEYS', '*') } }
sub changed {
    my (%was) = @_;
    my %is = data();
    return join ' ', grep { ($is{$_} // '') ne ($was{$_} // '') } sort keys %{ { %is, %was } };
}

# not let in at all

ok(wait_for(sub { $replica->cmd('INFO', 'replication') =~ /master_link_status:up/ }, 20),
    'the replica follows');
$n->start(up => 2);
says('none', 'v', qr/answers with an error: NOAUTH/, 'the log says that a shard needs a password');
is(answer(place('/none', 'A-1', 'u-0')), $down, 'no order is placed without the password');
says('stock', 'a', qr/refuses AUTH: WRONGPASS/, 'the log says that a user is not known');
is(answer(place('/v1', 'A-1', 'u-0')), $down, 'an unknown user places no order');
allow('on', ">$PASSWORD", @acl, '-dbsize', '-info');
says('stock', 'a', qr/.*\bdbsize\b/i, 'the log says that a user may not see whether a shard is empty');
is(answer(place('/v1', 'A-1', 'u-0')), $down, 'a shard whose permissions hide its keys stays closed');
is_deeply($a->cmd('KEYS', '*'), [], 'a shard whose permissions hide its keys gets no identity');

allow('+dbsize');
says('\w+', 'a', qr/.*\binfo\b/i, 'the log says that a user may not see how the shard treats full memory');

# exactly the permissions that are documented

allow('+info');
$a->cmd(split ' ') for 'FLUSHALL', 'CONFIG RESETSTAT', 'ACL LOG RESET',
    'CLIENT KILL USER gateway';
wait_state($_, 'a', 'up', "with its password and permissions it is, in $_")
    || die "all else depends on it\n" for qw(stock due);

my $r = $n->put_stock('A-1', total => 10, limit => 3, opens_at => '2020-01-01T00:00:00Z');
is(answer($r), '200', 'stock is set');
$r = $n->put_stock('A-1', total => 12, limit => 3);
is("$r->{status} $r->{json}{total}", '200 12', 'stock is set again, on other terms');
my @add = ('PATCH', '/v1/stock/A-1', { 'Idempotency-Key' => 'add' }, { delta => 3 });
is($n->request(@add)->{json}{total}, 15, 'stock is changed');
is($n->request(@add)->{headers}{'idempotent-replayed'}, 'true', 'once');

my $first = place('/v1', 'A-1', 'u-1', 2);
is(answer($first), '201', 'an order is placed');
my $id = $first->{json}{order_id};
is(place('/v1', 'A-1', 'u-1', 2)->{json}{order_id}, $id, 'once');
is(answer(place('/v1', 'A-1', 'u-1')), '422 idempotency-key-reused none',
    'another with its key is refused');
is(answer($n->order(['A-1' => 2], 'u-1')), '409 buyer-limit none', 'an order above the limit is refused');
is(answer($n->order(['A-2' => 1], 'u-1')), '404 unknown-sku none', 'an order of an unknown SKU is refused');
$r = $n->get("/v1/orders/$id");
is("$r->{status} $r->{json}{published}", '200 1', 'the order is acked, and shown');
is(answer($n->get(sprintf '/v1/orders/%03x-%s', slot('A-1'), '0' x 26)),
    '404 unknown-order none', 'an unknown order is not found');
is($n->stock('A-1')->{sold}, 2, 'the stock is shown');

is(answer(place('/due', 'A-1', 'u-2')), '202', 'an order that is not published is due');
is(place('/due', 'A-1', 'u-2')->{headers}{'idempotent-replayed'}, 'true',
    'an order that is not published is sent again');

$a->cmd('DEL', sprintf 'trade:{s%d}:slot', slot('A-1'));
ok(wait_for(sub { answer($n->get('/v1/stock/A-1')) eq '503 slot-closed none' }, 20),
    'a slot that is lost is closed');
spew("$dir/shards.conf", 'server ' . $a->address . " name=a;\n");
my $ctl = "$ENV{TRADE_OUT}/tradectl -c $dir/shards.conf -u gateway -p $dir/gateway";
like(qx($ctl open @{[ slot('A-1') ]} 2>&1), qr/OPENED/, 'tradectl opens the slot with the documented permissions');
is(answer($n->put_stock('A-1', total => 100)), '200', 'stock is set in the opened slot');
is(answer(place('/v1', 'A-1', 'u-3')), '201', 'the opened slot sells');

is(answer($n->put_stock('A-3', total => 10)), '200', 'the stock of another slot is set');
is(answer($n->order(['A-1' => 1, 'A-3' => 1], 'u-4')), '201', 'a cart is placed');

is(answer($n->put_stock('A-4', total => 0)), '200', 'a SKU is sold out');
is(answer($n->order(['A-4' => 1], 'u-5', '"five"')), '409 sold-out none', 'its slot refuses an order');
is(answer($n->order(['A-4' => 1], 'u-6', '"six"')), '409 sold-out none',
    'a hint refuses the next order after its key was looked up');

is_deeply($a->cmd(qw(ACL LOG)), [], 'no command was tried that is not allowed');

# the test calls some too; a silence is broken by ping, and del takes back what
# memory did not suffice for; a sweeper looks around once a second
sub used {
    return join ' ', sort grep { !/^(?:acl|client|config|del|keys|ping|psync|publish|replconf|subscribe)\b/ }
        $a->cmd(qw(INFO commandstats)) =~ /^cmdstat_([^:]+):calls=[1-9]/mg;
}
my $all = join ' ', sort grep { !/^(?:del|ping)$/ } @commands;
wait_for(sub { used() eq $all }, 20);
is(used(), $all, 'all that is allowed was used');

# one permission less

my $skus = 0;

sub complaints {
    my ($from) = @_;
    return grep { /\[(?:error|crit)\] .*redis "stock": shard "a" \(\S+\) (?!has closed)/ }
        split /\n/, substr $n->error_log, $from;
}

# closed(what, to the user's ACL, what the log says, back to what it was)
sub closed {
    my ($name, $less, $says, @more) = @_;
    my $sku = 'L-' . ++$skus;
    $n->put_stock($sku, total => 10);
    is(answer(place('/v1', $sku, "b-$skus")), '201', "$name: the shard sells before");

    my $log = length $n->error_log;
    allow(@$less);
    $a->cmd(qw(SCRIPT FLUSH));
    $a->cmd(qw(CLIENT KILL USER gateway));
    ok(wait_for(sub { complaints($log) }, 5), "$name: the shard is refused");
    like(join("\n", complaints($log)), $says, "$name: the log says why");
    if (my ($command) = $less->[0] =~ /^-(\w+)$/) {
        ok(wait_for(sub { named('stock') eq "command \U$command" }, 20), "$name: the status names the command")
            or diag named('stock');
    }
    my %data = data();
    is(answer(place('/v1', $sku, "c-$skus")), $down, "$name: no order is placed");
    is(answer(place('/v1', $sku, "b-$skus")), $down, "$name: no order is repeated");
    is(answer($n->put_stock($sku, total => 20)), $down, "$name: no stock is set");
    is(answer($n->get("/v1/stock/$sku")), $down, "$name: no stock is shown");
    is(changed(%data), '', "$name: Redis has what it had before");
    allow(@more);
    wait_state('stock', 'a', 'up', "$name: the shard is up when it is allowed again");
    is(answer(place('/v1', $sku, "c-$skus")), '201', "$name: the shard sells when it is allowed again");
}

# AUTH is always allowed, INFO is called once a worker, DBSIZE once a shard
for my $command (grep { !/^(?:auth|info|dbsize)$/ } @commands) {
    closed("no $command", ["-$command"], qr/\b$command\b/i, "+$command");
}
closed('no keys', ['resetkeys'], qr/NOPERM/, '~trade:*');
closed('few keys', ['resetkeys', '~trade:shard'], qr/NOPERM.* trade:\{/, '~trade:*');
closed('a user that is off', ['off'], qr/refuses AUTH: WRONGPASS/, 'on');
closed('another password', ['resetpass', '>other'], qr/refuses AUTH: WRONGPASS/,
    'resetpass', ">$PASSWORD");

# a permission is taken away while the connection stays: nothing is done by half

$n->put_stock('T-1', total => 1000, limit => 500, opens_at => '2020-01-01T00:00:00Z');
my $taken = 0;
my %kinds = (
    order => sub { place('/v1', 'T-1', "t-$taken") },
    stock => sub { $n->put_stock('T-1', total => 1000 + $taken) },
    cart => sub { $n->order(['T-1' => 1, 'A-3' => 1], "c-$taken") },
    cancel => sub { $n->request('POST', "/v1/orders/$_[0]/cancel") },
);
for my $command (qw(hset zadd set hdel zrem get hmget)) {
    for my $kind (sort keys %kinds) {
        $taken++;
        my $id = place('/v1', 'T-1', "o-$taken")->{json}{order_id};
        wait_for(sub { !$n->status->{in_flight} }, 20);
        my %data = data();
        allow("-$command");
        my $r = $kinds{$kind}->($id);
        my $changed = changed(%data);
        if ($r->{status} == 503) {
            is($r->{json}{outcome}, 'none', "$kind without $command: the outcome is none")
                or diag $r->{body};
            is($changed, '', "$kind without $command: nothing is written");
            wait_state('stock', 'a', 'down', "$kind without $command: the shard is down");
            ok(wait_for(sub { named('stock') eq "command \U$command" }, 20),
                "$kind without $command: the status names the command");
        } else {
            like($r->{status}, qr/^20/, "$kind without $command: the gateway goes on without it");
        }
        allow("+$command");
        wait_state('stock', 'a', 'up', "$kind without $command: the shard is up when it is allowed again");
        wait_for(sub { !grep { $n->status->{$_} } qw(in_flight pending) }, 20);
    }
}

# a password is changed

allow('resetpass', '>other');
spew("$dir/gateway", "other\n");
is(answer(place('/v1', 'A-1', 'u-4')), '201', 'an open connection stays open when the password changes');
$a->cmd(qw(ACL LOG RESET));
my $log = length $n->error_log;
my ($old) = $n->workers;
$n->signal('HUP');
ok(wait_for(sub { !kill 0, $old }, 20), 'the worker ends after a reload');
wait_state('stock', 'a', 'up', 'the new password is used after a reload');
is(answer(place('/v1', 'A-1', 'u-5')), '201', 'the shard sells with the new password');
my ($new) = $n->workers;
is(join("\n", grep { / $new#/ } complaints($log)), '', 'the new worker has no complaint');

# unix sockets, and the default user

my @skus = map { "S-$_" } 1 .. 8;
sub sell {
    my ($buyer) = @_;
    return join ' ', map { place('/sockets', $_, $buyer)->{status} } @skus;
}

$n->request('PUT', "/sockets/stock/$_", undef, { total => 10 }) for @skus;
is(sell('u-1'), join(' ', (201) x 8), 'shards behind unix sockets sell');
for ([$u, "unix:$dir/u.sock"], [$v, 'v']) {
    my ($redis, $name) = @$_;
    $redis->cmd('AUTH', 'open sesame');
    like($redis->cmd('GET', 'trade:shard'), qr/^\Q$name\E [0-9a-f]{32}$/, "one shard is $name");
    cmp_ok(scalar @{ $redis->cmd('KEYS', '*:order:*') }, '>', 0, 'a shard behind a unix socket has orders');
}

$u->stop;
wait_state('sockets', "unix:$dir/u.sock", 'down', 'one is stopped');
like(sell('u-2'), qr/^(?=.*201)(?=.*503)/, 'the other shard sells on');
$u->start;
wait_state('sockets', "unix:$dir/u.sock", 'up', 'the shard behind the unix socket is back');
is(sell('u-3'), join(' ', (201) x 8), 'both shards sell again');

for (
    ['another password', 'other', qr/refuses AUTH: WRONGPASS/],
    ['no password', '', qr/refuses AUTH: ERR AUTH <password> called without/],
) {
    my ($name, $password, $says) = @$_;
    $v->cmd(qw(CONFIG SET requirepass), $password);
    $v->cmd(qw(CLIENT KILL TYPE normal));
    wait_state('sockets', 'v', 'down', "$name: the shard is refused");
    says('sockets', 'v', $says, "$name: the log says why");
    $v->cmd(qw(CONFIG SET requirepass), 'open sesame');
    wait_state('sockets', 'v', 'up', "$name: until it is right");
}

unlike($n->error_log, qr/\Q$PASSWORD\E|open sesame/, 'no password is in the log');

$t->done;
