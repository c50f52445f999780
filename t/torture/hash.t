# trade_hash under faults: nodes die and come back, one is always dead, one closes
# connections without an answer, clients go away, and nginx reads its
# configuration anew.  In the end no request is counted as in flight.
#
# REQUESTS= is how many, 1,000,000 by default; SECONDS= is how long a round takes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use List::Util qw(sum0);
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(free_port slurp wait_for);

my $REQUESTS = $ENV{REQUESTS} // 1_000_000;
my $SECONDS = $ENV{SECONDS} // 10;
my $seed = $ENV{SEED} // 1;

my $t = Trade->new;
note "seed $seed, ", $t->dir;
my $dead = free_port();                             # nothing listens there
my $slow = IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1', Proto => 'tcp') // die "listen: $!\n";

sub backend {
    return $t->nginx(<<'EOF')->start(up => 0);
pid %%TESTDIR%%/nginx.pid;
error_log %%TESTDIR%%/error.log warn;
worker_processes 1;
events { worker_connections 4096; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000;
    server { listen *:%%PORT%%; location / { return 204; } }
    server { listen 127.0.0.9:%%PORT%%; location / { return 444; } }
}
EOF
}

my ($steady, $mortal) = (backend(), backend());

my $n = $t->nginx(<<'EOF', STEADY => $steady->port, MORTAL => $mortal->port, DEAD => $dead, SLOW => $slow->sockport)->start;
%%HASH_GLOBALS%%
worker_processes 2;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 10000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    upstream nodes {
        zone nodes 256k;
        trade_hash $http_key bounded=1.25;
        server 127.0.0.1:%%STEADY%%;
        server 127.0.0.2:%%STEADY%% weight=2 max_conns=20;
        server 127.0.0.9:%%STEADY%% max_fails=0;
        server 127.0.0.1:%%MORTAL%% max_fails=3 fail_timeout=1s;
        server 127.0.0.1:%%DEAD%% max_fails=1 fail_timeout=1s;
        server 127.0.0.1:%%SLOW%% max_fails=0;
        keepalive 32;
    }
    server {
        listen 127.0.0.1:%%PORT%% backlog=4096;
        location / { proxy_pass http://nodes; }
        location = /hash { trade_hash_status; }
    }
}
EOF

my @children = (child(\&serve_slowly), child(\&go_away));

my ($requests, $rounds) = (0, 0);
while ($requests < $REQUESTS) {
    my $load = Trade::Process->new(log => $t->dir . "/wrk$rounds.log", command => ['wrk', '-t1', '-c64',
        "-d${SECONDS}s", '--timeout', '60s', '-s', "$Trade::root/bench/hash/keys.lua",
        'http://127.0.0.1:' . $n->port . '/']);
    die_at_once($mortal);
    reload() if $rounds % 2;
    $mortal->start(up => 0);
    $load->wait_end(600) or die "wrk does not end\n";
    my ($json) = slurp($load->{log}) =~ /^RESULT (.*)/m or die "wrk failed:\n", slurp($load->{log});
    $requests += decode_json($json)->{requests};
    $rounds++;
}
note "$requests requests in $rounds rounds";
cmp_ok($requests, '>=', $REQUESTS, 'the requests are answered');
my %nodes = nodes();

for (@children) {
    kill 'KILL', $_;
    waitpid $_, 0;
}
close $slow;

ok(wait_for(sub { my %now = nodes(); !sum0(map { $_->{in_flight} } values %now) }, 120),
    'in the end no node has a request in flight')
    or diag(map { "$_->{name}: $_->{in_flight}\n" } values %{ { nodes() } });
is(scalar(grep { !$_->{first} } values %nodes), 0, 'each node has had requests')
    or diag(map { "$_->{name}: $_->{first}\n" } values %nodes);
cmp_ok($nodes{"127.0.0.1:$dead"}{skipped}{failed}, '>', 0, 'a dead node was skipped');
cmp_ok(sum0(map { $_->{skipped}{tried} } values %nodes), '>', 0, 'requests went to the next node');
cmp_ok(sum0(map { $_->{given_away} } values %nodes), '>', 0, 'requests spilled');

$t->done;

sub nodes {
    my $status = $n->get('/hash')->{json} // die "no status\n";
    return map { $_->{name} => $_ } @{ $status->{upstreams}[0]{nodes} };
}

# Until the workers are new ones, and answer.
sub reload {
    my %old = map { $_ => 1 } $n->workers;
    $n->signal('HUP');
    wait_for(sub { my @now = $n->workers; @now && !grep { $old{$_} } @now }, 300) or die "nginx does not reload\n";
}

# A master that is killed leaves its workers, with its port.
sub die_at_once {
    my ($nginx) = @_;
    my @workers = $nginx->workers;
    $nginx->stop('KILL');
    kill 'KILL', @workers;
    wait_for(sub { !grep { kill 0, $_ } @workers }, 60) or die "workers live on\n";
}

sub child {
    my ($what) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    srand $seed;
    $SIG{PIPE} = 'IGNORE';
    $what->();
    POSIX::_exit(0);
}

# The slow node: it answers after up to 20 ms, or closes.
sub serve_slowly {
    my $select = IO::Select->new($slow);
    my %due;
    for (;;) {
        for my $s ($select->can_read(0.005)) {
            if ($s == $slow) {
                $select->add($slow->accept // next);
            } elsif (!sysread $s, my $request, 65536) {
                $select->remove($s);
                delete $due{ fileno $s };
                close $s;
            } else {
                $due{ fileno $s } = [time + rand 0.02, $s];
            }
        }
        for my $fd (keys %due) {
            my ($when, $s) = @{ $due{$fd} };
            next if $when > time;
            delete $due{$fd};
            if (rand() < 0.05) {
                $select->remove($s);
                close $s;
            } else {
                syswrite $s, "HTTP/1.1 204 No Content\r\n\r\n";
            }
        }
    }
}

# Clients that go away: before the answer, with a FIN or with a RST.
sub go_away {
    for my $i (1 .. 1_000_000_000) {
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $n->port, Proto => 'tcp') or next;
        setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $i % 2;
        syswrite $s, "GET / HTTP/1.1\r\nHost: a\r\nKey: gone-$i\r\n\r\n";
        sleep rand 0.005;
        close $s;
    }
}
