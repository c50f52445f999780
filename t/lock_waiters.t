# 10,000 requests wait for one lock: that takes less than 100 MiB, no connection
# to Redis and no time of any processor, and they are served in the order they
# came in.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $WAITERS = $ENV{WAITERS} // 10000;
my $FILES = $WAITERS + 500;

# as many descriptors as it takes, if they may be had

if (!$ENV{TRADE_LOCK_FILES}) {
    $ENV{TRADE_LOCK_FILES} = 1;
    exec 'sh', '-c', "ulimit -n $FILES; exec \"\$\@\"", 'sh', $^X, $0;
}
open my $ulimit, '-|', 'sh', '-c', 'ulimit -n' or die $!;
my ($files) = <$ulimit> =~ /(\d+)/;
plan skip_all => "$FILES files can't be open here" if ($files // $FILES) < $FILES;

# these take memory of their own
my $tools = $ENV{TRADE_PRELOAD} || $ENV{TRADE_VALGRIND};

my $t = Trade->new;
my $redis = $t->redis('a');
my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

my %vars = (A => $redis->address, FILES => $FILES, CONNECTIONS => $FILES * 1.1,
    BACKEND => '127.0.0.1:' . $backend->sockport);
my $n = $t->nginx(<<'EOF', %vars);
%%GLOBALS%%
worker_processes 1;
worker_rlimit_nofile %%FILES%%;
events { worker_connections %%CONNECTIONS%%; }
http {
    %%GLOBALS_HTTP%%
    log_format lock '$status $arg_n';
    access_log %%TESTDIR%%/lock.log lock;
    trade_zone main:16m;
    request_pool_size 6k;       # one block a request: of 4k it takes two
    trade_redis stock {
        server %%A%% name=a;
        timeout 1m;             # however slow the machine is
    }

    server {
        listen 127.0.0.1:%%PORT%% backlog=4096;
        root %%TESTDIR%%;
        trade_lock stock one wait=10m ttl=1m;
        proxy_read_timeout 10m;
        location /first { proxy_pass http://%%BACKEND%%; }
        location /file { }
        location /trade { trade_lock off; access_log off; trade_status; }
    }
}
EOF
spew("$n->{dir}/file", "ok\n");
$n->start;
my ($worker) = $n->workers;

my $first = ask(0, '/first');
my $held = $backend->accept;
my $connections = clients();
my $before = memory();

my $start = time;
my @waiting = map { ask($_, '/file') } 1 .. $WAITERS;
ok(wait_for(sub { queue() == $WAITERS }, 60), "$WAITERS requests wait");
diag(sprintf '%d requests stood in line after %.1f s', $WAITERS, time - $start);
is($n->status->{locks}{waiting}, $WAITERS, "trade_lock_status shows $WAITERS waiters");

my $memory = (memory() - $before) / 1024;
diag(sprintf '%.1f MiB', $memory);
cmp_ok($memory, '<', 100, "$WAITERS waiters take less than 100 MiB") unless $tools;
is(clients(), $connections, "$WAITERS waiters take no connection to Redis");

sleep 1;
my ($cpu, $calls) = (cpu(), calls());
sleep 3;
cmp_ok(cpu() - $cpu, '<=', 5, "$WAITERS waiters take no time of the worker");
cmp_ok(calls() - $calls, '<', 30, "$WAITERS waiters take no time of Redis");

$start = time;
print $held "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
close $held;
my $served = grep { local $/; (readline($_) // '') =~ m{^HTTP/1.1 200 .*\nok\n$}s } @waiting;
diag(sprintf '%d requests served after %.1f s', $served, time - $start);
is($served, $WAITERS, 'all waiters are served');
my @order = map { /^200 (\d+)$/ } split /\n/, slurp("$n->{dir}/lock.log");
is_deeply(\@order, [0 .. $WAITERS], 'the waiters are served in the order they came in') or diag(out_of_order(@order));
ok(wait_for(sub { !@{ $redis->cmd('KEYS', '*lock*') } && !queue() }, 10),
    'served waiters leave nothing in Redis');
is(($n->workers)[0], $worker, 'the worker is the same all the time');

# all of their clients go at once

@waiting = ();
$first = ask(0, '/first');
$held = $backend->accept;
@waiting = map { ask($_, '/file') } 1 .. $WAITERS;
ok(wait_for(sub { queue() == $WAITERS }, 60), "$WAITERS requests wait again");
$start = time;
@waiting = ();
ok(wait_for(sub { queue() == 0 }, 60), 'clients that go leave their places');
diag(sprintf '%.1f s', time - $start);
is($n->status->{locks}{interrupted}, $WAITERS, 'clients that go are counted');
print $held "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
close $held;
$first = ask(1, '/file');
{
    local $/;
    like(readline($first), qr{^HTTP/1.1 200 }, 'the next request has the lock at once');
}
cmp_ok((memory() - $before) / 1024, '<', 110, "$WAITERS waiters that go leave no memory behind") unless $tools;

$t->done;

sub ask {
    my ($i, $path) = @_;
    my $connection = $n->connect;
    syswrite $connection, "GET $path?n=$i HTTP/1.0\r\n\r\n";
    return $connection;
}

sub queue {
    my ($key) = $redis->keys('trade:*:queue:one') or return 0;
    return $redis->cmd('ZCARD', $key);
}

sub memory { return (slurp("/proc/$worker/status") =~ /^VmRSS:\s+(\d+) kB$/m)[0] }

# Ticks, mostly of 10 ms.
sub cpu {
    my @stat = split ' ', slurp("/proc/$worker/stat") =~ s/^.*\)//sr;
    return $stat[11] + $stat[12];
}

sub clients { return ($redis->cmd('INFO', 'clients') =~ /connected_clients:(\d+)/)[0] }

# How often scripts were called.
sub calls { return ($redis->cmd('INFO', 'commandstats') =~ /^cmdstat_evalsha:calls=(\d+)/m)[0] }

sub out_of_order {
    my @order = @_;
    my ($i) = grep { $order[$_] != $_ } 0 .. $#order;
    return defined $i ? join ' ', "at $i:", @order[$i .. $i + 9] : 'some are missing';
}
