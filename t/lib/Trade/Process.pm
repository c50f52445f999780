package Trade::Process;

# A child process of a test: started with its output in a file, ended by its id.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use Exporter 'import';

our @EXPORT_OK = qw(free_port freeze wait_for wait_port slurp spew);

# A port of 127.0.0.1 that is free, and that no test gives out until this process
# and its children have ended: it lies below those that the kernel gives to
# clients, and the same port of UDP at an address of its own is bound meanwhile.

# No random number is taken: tests that set the seed want the same ones again.

my (@reserved, $last_port);

sub free_port {
    my ($end) = slurp('/proc/sys/net/ipv4/ip_local_port_range') =~ /^(\d+)/;
    my $begin = 10000;
    die "no ports between $begin and $end\n" if $end < $begin + 1000;
    $last_port //= $$ * 101;
    for (1 .. 1000) {
        my $port = $begin + ++$last_port % ($end - $begin);
        my $reserved = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.1.2.3',
            LocalPort => $port) or next;
        my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
            LocalPort => $port, ReuseAddr => 1, Proto => 'tcp') or next;
        push @reserved, $reserved;
        return $port;
    }
    die "no free port\n";
}

# Waits until $code returns true; returns what it returned, or nothing once the
# limit is over.  The limit is many times what a quiet machine needs ($seconds),
# since it matters only to a test that fails.  With 0 it tries once.
sub wait_for {
    my ($code, $seconds, $pause) = @_;
    my $end = time + ($seconds // 10) * 6;
    for (;;) {
        my $got = $code->();
        return $got if $got;
        return if time > $end;
        sleep($pause // 0.01);
    }
}

sub wait_port {
    my ($port, $seconds) = @_;
    return wait_for(sub {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
            Proto => 'tcp');
    }, $seconds);
}

sub slurp {
    my ($file) = @_;
    open my $f, '<', $file or return '';
    local $/;
    return <$f> // '';
}

sub spew {
    my ($file, $text) = @_;
    open my $f, '>', $file or die "$file: $!\n";
    print $f $text;
    close $f or die "$file: $!\n";
}

# new(log => file, command => [...], env => {...}, cwd => folder, stdin => handle)
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self, parent => $$ }, $class;
    $self->start;
    return $self;
}

sub start {
    my ($self) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        %ENV = (%ENV, %{ $self->{env} || {} });
        chdir $self->{cwd} or POSIX::_exit(126) if $self->{cwd};
        open STDIN, $self->{stdin} ? '<&' : '<', $self->{stdin} // '/dev/null';
        open STDOUT, '>>', $self->{log} or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        exec { $self->{command}[0] } @{ $self->{command} }
            or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    return $pid;
}

sub pid { $_[0]{pid} }

sub signal {
    my ($self, $signal) = @_;
    return unless $self->{pid};
    return freeze($self->{pid}) if $signal eq 'STOP';
    kill $signal, $self->{pid};
}

# Stops processes, and waits until all their threads stand still: those of a JVM
# run on until the one that the kernel gave the signal has had its turn.
sub freeze {
    my (@pids) = @_;
    kill 'STOP', @pids;
    wait_for(sub {
        !grep { slurp($_) =~ /\) [^TtXZ] / } map { glob "/proc/$_/task/*/stat" } @pids;
    }) or die "processes do not stop: @pids\n";
}

sub running {
    my ($self) = @_;
    return 0 unless $self->{pid};
    return 1 if waitpid($self->{pid}, POSIX::WNOHANG()) == 0;
    $self->{status} = $?;
    delete $self->{pid};
    return 0;
}

# Waits for its end; true if it came within $seconds.
sub wait_end {
    my ($self, $seconds) = @_;
    return wait_for(sub { !$self->running }, $seconds);
}

# Waits until $code returns true, at most $seconds; gives up at once when the
# process has ended.  Returns what $code returned.
sub wait_while {
    my ($self, $code, $seconds, $pause) = @_;
    my $got;
    wait_for(sub { ($got = $code->()) || !$self->running }, $seconds, $pause);
    return $got;
}

# The last line that it wrote, for a message.
sub last_line {
    my ($self) = @_;
    my @lines = grep { /\S/ } split /\n/, slurp($self->{log});
    return @lines ? $lines[-1] =~ s/ at \S+ line \d+\.$//r : 'it said nothing';
}

# Ends it: asks, then insists.
sub stop {
    my ($self, $signal, $seconds) = @_;
    return unless $self->{pid} && $self->{parent} == $$;
    $self->signal($signal // 'TERM');
    if (!$self->wait_end($seconds // 10)) {
        $self->signal('KILL');
        $self->wait_end(5);
    }
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@, $!);
    $self->stop('KILL');
}

1;
