# A counter in a plain file, which many processes read and then write, loses no
# update behind a lock, whoever is killed, and whatever connections to Redis are
# cut; and none when holders are paused for longer than the lock lives, if the
# writer refuses stale fencing tokens.
#
# `make lock` has more rounds, ROUNDS, and more pauses, WINDOWS.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Fcntl qw(:flock O_RDWR O_CREAT O_APPEND O_WRONLY);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(freeze wait_for);

my $ROUNDS = $ENV{ROUNDS} // 2000;
my $WINDOWS = $ENV{WINDOWS} // 2;
my $CLIENTS = 64;
my $SLOW = 1.2;             # s that a paused holder's write takes

my $t = Trade->new;
my $redis = $t->redis('a');
my $dir = $t->dir;
my $backend = IO::Socket::INET->new(Listen => 256, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";
my @backends = map { forked(\&serve) } 1 .. 12;
my %vars = (A => $redis->address, BACKEND => '127.0.0.1:' . $backend->sockport);

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    # the lock is held until the writer is done, client or not
    proxy_ignore_client_abort on;
    proxy_set_header X-Fence $trade_lock_fence;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /count { trade_lock stock counter ttl=3s wait=30s; proxy_pass http://%%BACKEND%%; }
        location /lease { trade_lock stock counter ttl=300ms wait=30s; proxy_pass http://%%BACKEND%%; }
        location /free { proxy_pass http://%%BACKEND%%; }
        location /trade { trade_status; }
    }
}
EOF
my @nginx = map { $t->nginx($conf, %vars)->start } 1 .. 3;

# nobody is killed, and there is no lock: so it can be seen

my $run = run('/free', 'free', 500);
ok(lost($run) > 0, 'without a lock updates are lost') or diag(result($run));

# workers, clients and connections are killed

$run = start('/count', 'killed', $ROUNDS);
my ($next, $kills) = (time + 0.3, 0);
while (writes($run) < $ROUNDS) {
    sleep 0.05;
    kill_client($run);
    next if time < $next;
    my $n = $nginx[rand @nginx];
    my ($worker) = $n->workers;
    $n->kill_worker($worker), $kills++ if $worker;
    $redis->cmd(qw(CLIENT KILL TYPE), $_) for $kills % 2 ? 'normal' : ('normal', 'pubsub');
    $next = time + 1.5;
}
finish($run);
diag(result($run), ", $kills workers killed");
cmp_ok($kills, '>', 0, 'workers were killed');
cmp_ok($run->{killed}, '>', 10, 'clients were killed');
cmp_ok(writes($run), '>=', $ROUNDS, "$ROUNDS rounds were made although workers and clients died");
is(lost($run), 0, 'no update was lost');

# holders are paused, or Redis is, past the lock's time

for my $mode ('fenced', 'plain') {
    $run = start('/lease', $mode, 1e9);
    # who is next may be paused, too: then nobody writes meanwhile
    for (my $window = 1; $window <= $WINDOWS || $window <= 20 && !shown($run, $mode); $window++) {
        my $n = $nginx[$window % @nginx];
        my $before = slow_reads($run);
        my $holder = forked(sub { ask($n, "/lease?f=$mode&slow=1") });
        wait_for(sub { slow_reads($run) > $before }, 20) or die "no slow holder\n";
        my @stopped = $window % 2 ? $n->workers : $redis->pid;
        freeze(@stopped);
        sleep 0.6;
        kill 'CONT', @stopped if $window % 2 == 0;
        sleep $SLOW;
        kill 'CONT', @stopped;
        waitpid $holder, 0;
    }
    finish($run);
    diag(result($run));
    cmp_ok(writes($run), '>', 50, "$mode: updates are made");
    if ($mode eq 'fenced') {
        is(lost($run), 0, "$mode: no update is lost where stale tokens are refused");
        cmp_ok(size($run, 'stale'), '>', 0, "$mode: some stale tokens were refused");
    } else {
        cmp_ok(lost($run), '>', 0, "$mode: some updates are lost where stale tokens are not refused");
    }
}
my $lost = 0;
$lost += $_->status->{locks}{lost} for @nginx;
cmp_ok($lost, '>', 0, 'holders that lost the lock have noticed it');

kill 'KILL', @backends;
$t->done;

# A process that runs $code, and ends.
sub forked {
    my ($code) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    $SIG{TERM} = 'DEFAULT';
    srand;
    eval { $code->() };
    POSIX::_exit(0);
}

# Clients that count in file $name until it is done.
sub start {
    my ($path, $name, $rounds) = @_;
    my $run = { path => $path, name => $name, rounds => $rounds, killed => 0 };
    $run->{clients} = { map { client($run) => 1 } 1 .. $CLIENTS };
    return $run;
}

sub client {
    my ($run) = @_;
    return forked(sub {
        while (writes($run) < $run->{rounds} && !-e "$dir/$run->{name}.end") {
            my $r = eval { ask($nginx[rand @nginx], "$run->{path}?f=$run->{name}") } // '';
            sleep 0.02 unless $r =~ /^HTTP\S+ (?:200|409)/;
        }
    });
}

sub kill_client {
    my ($run) = @_;
    my @pids = keys %{ $run->{clients} };
    my $pid = $pids[rand @pids];
    kill 'KILL', $pid;
    waitpid $pid, 0;
    delete $run->{clients}{$pid};
    $run->{clients}{ client($run) } = 1;
    $run->{killed}++;
}

sub finish {
    my ($run) = @_;
    open my $end, '>', "$dir/$run->{name}.end" or die $!;
    waitpid $_, 0 for keys %{ $run->{clients} };
    # what the dead had begun
    wait_for(sub { my $w = writes($run); sleep 0.5; writes($run) == $w }, 20, 0);
}

sub run { my $run = start(@_); finish($run) if wait_for(sub { writes($run) >= $run->{rounds} }, 60); return $run }

sub ask {
    my ($n, $path) = @_;
    my $s = $n->connect;
    syswrite $s, "GET $path HTTP/1.0\r\n\r\n";
    local $/;
    return scalar <$s>;
}

sub shown { my ($run, $mode) = @_; return $mode eq 'fenced' ? size($run, 'stale') : lost($run) > 0 }

sub size { my ($run, $what) = @_; return -s "$dir/$run->{name}.$what" // 0 }
sub writes { return size($_[0], 'writes') }
sub slow_reads { return size($_[0], 'slow') }

# The counter less the updates that were made to it.
sub lost {
    my ($run) = @_;
    open my $f, '<', "$dir/$run->{name}" or return 0;
    return writes($run) - <$f>;
}

sub result {
    my ($run) = @_;
    return sprintf '%s: %d updates, %d lost, %d refused as stale', $run->{name}, writes($run),
        lost($run), size($run, 'stale');
}

# The backend: reads a number, and then writes the next one.
sub serve {
    while (my $s = $backend->accept) {
        my $head = '';
        while ($head !~ /\r\n\r\n$/ && sysread $s, $head, 4096, length $head) { }
        my ($name) = $head =~ /f=(\w+)/;
        my ($token) = $head =~ /^X-Fence: (\d+)/m;
        my $status = update("$dir/$name", $name eq 'fenced' && $token, $head =~ /slow=1/);
        syswrite $s, "HTTP/1.0 $status\r\nContent-Length: 0\r\n\r\n";
        close $s;
    }
}

sub update {
    my ($file, $token, $slow) = @_;
    sysopen my $f, $file, O_RDWR | O_CREAT or die "$file: $!\n";
    my $number;
    {
        my $lock = $token && lock_file($file);
        return stale($file) unless fresh($file, $token);
        sysread $f, $number, 20;
    }
    append("$file.slow") if $slow;
    sleep($slow ? $SLOW : 0.0002);
    my $lock = $token && lock_file($file);
    return stale($file) unless fresh($file, $token);
    sysseek $f, 0, 0;
    syswrite $f, sprintf '%020d', ($number || 0) + 1;
    append("$file.writes");
    return '200 OK';
}

# Whether no higher token was shown before, by who read or who wrote; it is the
# highest from then on.
sub fresh {
    my ($file, $token) = @_;
    return 1 unless $token;
    sysopen my $f, "$file.token", O_RDWR | O_CREAT or die "$file: $!\n";
    sysread $f, my $last, 20;
    return 0 if $last && $last > $token;
    sysseek $f, 0, 0;
    syswrite $f, $token;
    return 1;
}

sub lock_file {
    my ($file) = @_;
    sysopen my $f, "$file.lock", O_RDWR | O_CREAT or die "$file: $!\n";
    flock $f, LOCK_EX;
    return $f;
}

sub stale { append("$_[0].stale"); return '409 Conflict' }

sub append {
    sysopen my $f, $_[0], O_WRONLY | O_CREAT | O_APPEND or die "$_[0]: $!\n";
    syswrite $f, '.';
}
