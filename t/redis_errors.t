# A Redis that runs no script, for whatever reason, makes no order: the answer
# says so and nothing is left behind; scripts it has forgotten are sent again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port wait_for);

my $t = Trade->new;
my $a = $t->redis('a', args => [qw(--enable-debug-command yes
    --loading-process-events-interval-bytes 1024)]);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property linger.ms 300;     # an order is unacknowledged for so long
    }

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $tag = sprintf 'trade:{s%d}:', crc32('E-1') % 4096;
$n->put_stock('E-1', total => 10000);

sub due { $a->cmd('ZCARD', "${tag}due") }
sub wait_acked { ok(wait_for(sub { !due() }), $_[0]) }

# The data in Redis, and their number.
sub data {
    my %slot = @{ $a->cmd('HGETALL', "${tag}slot") };
    return join "\n", sort(@{ $a->cmd('KEYS', '*') }),
        map({ "$_ $slot{$_}" } sort keys %slot), due(),
        $a->cmd('HLEN', "${tag}bought:E-1");
}

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // (),
        map { defined $r->{headers}{$_} ? $_ : () } qw(retry-after location);
}

# scripts are flushed while orders are placed

my $flush = Trade::Process->new(log => $t->dir . '/flush', command => [
    'redis-cli', '-p', $a->address =~ /(\d+)$/, '-r', '-1', '-i', '0.002',
    'SCRIPT', 'FLUSH']);
my @r = load($n, 128, map { order(['E-1' => 1], "u-$_", "k-$_") } 1 .. 500);
is(scalar(grep { $_->{status} == 201 } @r), 500, 'no order fails');
$flush->stop;
wait_acked('all orders are acked');
is(@{ $a->cmd('KEYS', "${tag}order:*") }, 501, 'Redis has each order, and the stock');
is($n->stock('E-1')->{sold}, 500, 'each order is sold once');
my ($evals) = $a->cmd('INFO', 'commandstats') =~ /cmdstat_eval:calls=(\d+)/;
cmp_ok($evals, '>', 100, 'scripts were forgotten, and sent again');

# one error after the other

my $id = $r[0]{json}{order_id};
my $dump = "$a->{dir}/dump.rdb";

# In a connection of its own, for commands that take their time.
sub start_command {
    my $s = IO::Socket::INET->new(PeerAddr => $a->address) or die "redis: $!\n";
    print $s join(' ', @_), "\r\n";
    return $s;
}

sub wait_answer {
    my ($word) = @_;
    wait_for(sub { !eval { $a->cmd('PING') } && $@ =~ /^-$word / })
        or die "Redis is not $word\n";
}

my @errors = (
    {
        word => 'OOM', runs => 1,
        begin => sub { $a->cmd('CONFIG', 'SET', 'maxmemory', 1) },
        end => sub { $a->cmd('CONFIG', 'SET', 'maxmemory', 0) },
    }, {
        word => 'READONLY', left => 1,
        begin => sub { $a->cmd('REPLICAOF', '127.0.0.1', free_port()) },
        end => sub { $a->cmd('REPLICAOF', 'NO', 'ONE') },
    }, {
        word => 'NOREPLICAS', runs => 1,
        begin => sub { $a->cmd('CONFIG', 'SET', 'min-replicas-to-write', 1) },
        end => sub { $a->cmd('CONFIG', 'SET', 'min-replicas-to-write', 0) },
    }, {
        word => 'MISCONF', runs => 1,
        begin => sub {
            mkdir $dump;        # in the way of the file
            $a->cmd('CONFIG', 'SET', 'save', '3600 1');
            $a->cmd('BGSAVE');
            wait_for(sub {
                $a->cmd('INFO', 'persistence') =~ /rdb_last_bgsave_status:err/;
            }) or die "the snapshot did not fail\n";
        },
        end => sub {
            rmdir $dump;
            $a->cmd('CONFIG', 'SET', 'save', '');
        },
    }, {
        word => 'MASTERDOWN', left => 1,
        begin => sub {
            $a->cmd('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
            $a->cmd('REPLICAOF', '127.0.0.1', free_port());
        },
        end => sub { $a->cmd('REPLICAOF', 'NO', 'ONE') },
    }, {
        word => 'BUSY',
        begin => sub {
            $a->cmd('CONFIG', 'SET', 'busy-reply-threshold', 10);
            my $script = start_command('EVAL', '"while true do end"', 0);
            wait_answer('BUSY');
            return $script;
        },
        end => sub {
            $a->cmd('SCRIPT', 'KILL');
            readline $_[0];
        },
    }, {
        word => 'LOADING',
        begin => sub {
            $a->cmd('CONFIG', 'SET', 'key-load-delay', 1000);
            my $reload = start_command('DEBUG', 'RELOAD');
            wait_answer('LOADING');
            return $reload;
        },
        end => sub { readline $_[0] },
    },
);

for my $error (@errors) {
    my ($word, $runs, $left) = @$error{qw(word runs left)};
    # one that is no master is left at once, and is asked for nothing more
    my $refused = $left ? qr/^503 shard-(?:refused|down) none retry-after$/
        : qr/^503 shard-refused none retry-after$/;
    wait_acked("$word is next");
    my $data = data();
    my $begun = $error->{begin}->();

    like(answer($n->order(['E-1' => 1], "u-$word", "k-$word")), $refused, "after $word an order is refused");
    like(answer($n->order(['E-1' => 1], "v-$word")), $refused, "after $word an order without a key is refused");
    like(answer($n->put_stock('E-1', total => 20000)), $refused, "$word: a change of stock");

    # what only reads goes on, where scripts are run at all
    like(answer($n->order(['E-1' => 1], 'u-1', 'k-1')), $runs ? qr/^201 location$/ : $refused,
        "$word: an order that is repeated");
    like(answer($n->get("/v1/orders/$id")), $runs ? qr/^200$/ : $refused, "$word: a look-up");

    ok(wait_for(sub { $n->error_log =~ ($left ? qr/\[error\] .* answers with an error: (?:$word|READONLY) /
        : qr/\[error\] .* place of "\S+" .* answers: $word /) }, 5), "$word: the log has the error");
    $error->{end}->($begun);
    is(data(), $data, "$word: the refused calls leave nothing behind");
    ok(wait_for(sub { $n->order(['E-1' => 1], "u-$word", "k-$word")->{status} == 201 }, 20),
        "$word: the order is placed when the error is over");
}

# memory is full when orders are acknowledged

wait_acked('nothing is due');
my @clients = map {
    my $body = qq({"buyer_id":"m-$_","items":[{"sku":"E-1","quantity":1}]});
    my $s = $n->connect;
    print $s join "\r\n", 'POST /v1/orders HTTP/1.0',
        'Content-Type: application/json', 'Content-Length: ' . length $body,
        '', $body;
    $s;
} 1 .. 20;
ok(wait_for(sub { due() == 20 }), 'orders are recorded');
$a->cmd('CONFIG', 'SET', 'maxmemory', 1);
$a->cmd('SCRIPT', 'FLUSH');
is(due(), 20, 'orders are not acknowledged yet when memory is full');
is(scalar(grep { (<$_> // '') =~ /^HTTP\S+ 201 / } @clients), 20,
    'the orders are placed while memory is full');
undef @clients;
wait_acked('the orders are acked while memory is full');
is($n->status->{ack_lost}, 0, 'each order is answered at once');

my $ups = $n->ups;
$a->cmd('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
$n->wait_ups($ups + 2);
is(answer($n->order(['E-1' => 1], 'u-1', 'k-1')), '201 location',
    'new connections are made while memory is full');
$a->cmd('CONFIG', 'SET', 'maxmemory', 0);
is($n->order(['E-1' => 1], 'u-last')->{status}, 201, 'the shard sells when there is memory again');
is($n->stock('E-1')->{sold}, 500 + @errors + 20 + 1, 'the stock counts the orders that were placed');

$t->done;
