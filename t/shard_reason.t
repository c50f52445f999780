# A shard that is not well has a state, a reason and a time in trade_status, and one
# line a worker in the log that says what to do, however often it is tried.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Handle;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Process qw(free_port spew wait_for);

my $t = Trade->new;
my $well = $t->redis('well');
my $down = '127.0.0.1:' . free_port();
my $replica = $t->redis('replica', args => ['--replicaof', '127.0.0.1', $well->{port}]);
my $cluster = $t->redis('cluster', args => [qw(--cluster-enabled yes --cluster-port), free_port()]);
my $renamed = $t->redis('renamed', args => [qw(--rename-command HSET other)]);
my $password = $t->redis('password', args => [qw(--requirepass secret)]);
my $acl = $t->redis('acl');
$acl->cmd(qw(ACL SETUSER gateway on >secret ~trade:* +@all -zscore));
my $tries = $t->dir . '/tries';
my $old = old_redis();
spew($t->dir . '/password', "secret\n");

my @cases = (
    # block, its server, state, reason, command, what the log says
    ['down', $down, 'down', 'refused', undef, qr/can't be connected to; check that Redis runs/],
    ['replica', $replica->address, 'replica', 'replica', undef, qr/READONLY .*; let the name lead/],
    ['cluster', $cluster->address, 'down', 'cluster', undef, qr/cluster.*; set "cluster-enabled no"/],
    ['renamed', $renamed->address, 'down', 'command', 'HSET', qr/no command HSET.*; allow it/],
    ['password', $password->address, 'down', 'auth', undef, qr/NOAUTH .*; check user and/],
    ['acl', $acl->address, 'down', 'command', 'ZSCORE', qr/may not ZSCORE .*; allow it/],
    ['old', $old, 'down', 'version', undef, qr/compiling script.*; upgrade it/],
);
my %user = (acl => "user gateway; password_file " . $t->dir . '/password;');
my $blocks = join "\n", map { my ($name, $address) = @$_; <<"EOF" } @cases;
    trade_redis $name { server $address name=$name; @{[ $user{$name} // '' ]} }
    trade_kafka $name { brokers %%KAFKA%%; topic %%TOPIC%%-$name; }
EOF
my $locations = join "\n",
    map { "        location /$_->[0]/orders { trade_orders $_->[0] $_->[0]; }" } @cases;

my $n = $t->nginx(<<"EOF", A => $well->address, KAFKA => $t->kafka->address)->start(up => 2);
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis well { server %%A%% name=well; }
    trade_kafka well { brokers %%KAFKA%%; topic %%TOPIC%%; }
$blocks
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders well well; }
        location /v1/stock { trade_stock well well; }
$locations
        location /trade { trade_status; }
    }
}
EOF

sub shard {
    my ($name) = @_;
    return (grep { $_->{name} eq $name } @{ $n->status->{shards} })[0];
}

sub is_seen {
    my ($name, $state, $reason, $command) = @_;
    my $s;
    ok(wait_for(sub {
        $s = shard($name);
        $s->{state} eq $state && $s->{reason} eq $reason;
    }, 20), "$name: the state is $state, the reason " . ($reason || 'none'))
        or diag "$s->{state} $s->{reason}";
    is($s->{command}, $command, "$name: the command that may not be used");
    like($s->{since}, qr/^20.*Z$/, "$name: the status says since when");
    return $s->{since};
}

# The lines of the log about a shard that are no mere notice.
sub lines {
    my ($name) = @_;
    return grep { /\[(?:error|crit)\] .*redis "\w+": shard "$name"/ && !/full memory: / } split /\n/, $n->error_log;
}

my %since;
for (@cases) {
    my ($name, undef, $state, $reason, $command, $log) = @$_;
    $since{$name} = is_seen($name, $state, $reason, $command);
    ok(wait_for(sub { grep { /$log/ } lines($name) }, 20), "$name: the log says what to do")
        or diag lines($name);
}
is(shard('well')->{state}, 'up', 'the other shard is up');

# Each has been tried again and again since.

ok(wait_for(sub { tries() > 10 }, 30), 'a shard is tried again');
for (@cases) {
    my ($name) = @$_;
    cmp_ok(scalar(lines($name)), '<=', 2, "$name: the log has one line of each worker")
        or diag lines($name);
    is(shard($name)->{since}, $since{$name}, "$name: the time is that of the change");
}

# A server that is there, and refuses to write, for a while.

is($n->put_stock('A-1', total => 100)->{status}, 200, 'stock is set');
my $r = $n->order(['A-1' => 1], 'u-1', 'k-1');
is($r->{status}, 201, 'an order is placed');
wait_for(sub { !$n->status->{in_flight} }, 20);

for (['oom', 'maxmemory', 1, 0, 'memory is full'],
    ['noreplicas', 'min-replicas-to-write', 2, 0, 'too few replicas'])
{
    my ($reason, $setting, $bad, $good, $text) = @$_;
    $well->cmd('CONFIG', 'SET', $setting, $bad);
    is_seen('well', 'refusing', $reason);
    ok((grep { /\Q$text\E.*; / } lines('well')), "$reason: the log says what to do");
    my $r = $n->order(['A-1' => 1], 'u-2');
    is("$r->{status} $r->{json}{outcome}", '503 none', "$reason: an order is refused");
    is($n->order(['A-1' => 1], 'u-1', 'k-1')->{status}, 201, "$reason: an answer is repeated");
    $well->cmd('CONFIG', 'SET', $setting, $good);
    is_seen('well', 'up', '');
    is($n->order(['A-1' => 1], "u-$reason")->{status}, 201, "$reason: the shard sells again afterwards");
}

# A fault that an operator has mended is noticed, and by all workers as soon as
# by one.

my $from = length $n->error_log;
$acl->cmd(qw(ACL SETUSER gateway +zscore));
my ($first, $both);
ok(wait_for(sub {
    my $up = () = substr($n->error_log, $from) =~ /redis "acl": shard "acl" \(\S+\) is up/g;
    $first //= time if $up;
    $both //= time if $up == 2;
}, 20), 'both workers use a shard when its command is allowed');
diag(sprintf 'the other worker was connected %.0f ms after the first', ($both - $first) * 1000);
is_seen('acl', 'up', '');

$t->done;

# A server that answers as one older than 7.0 does; its address.
sub old_redis {
    my $listen = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1:0')
        or die "listen: $!\n";
    my $pid = fork // die "fork: $!\n";
    return '127.0.0.1:' . $listen->sockport if $pid;

    my $parent = getppid();
    $SIG{ALRM} = sub { getppid() == $parent ? alarm 1 : POSIX::_exit(0) };
    alarm 1;
    for (;;) {
        my $c = $listen->accept or next;
        spew($tries, 1 + (-s $tries ? do { open my $f, '<', $tries; <$f> } : 0));
        while (defined(my $line = <$c>)) {
            my ($words) = $line =~ /^\*(\d+)/ or last;
            my @words;
            for (1 .. $words) {
                my ($len) = (<$c> // '') =~ /^\$(\d+)/ or last;
                read $c, my $word, $len + 2;
                push @words, substr $word, 0, $len;
            }
            print $c $words[0] eq 'EVALSHA' ? "-NOSCRIPT No matching script. Please use EVAL.\r\n"
                : "-ERR Error compiling script (new function): user_script:1: "
                    . "unexpected symbol near '#'\r\n";
            $c->flush;
        }
    }
}

sub tries { open my $f, '<', $tries or return 0; return <$f> // 0 }
